"""The tools of a request, which of them must be called, and answers in JSON."""

from typing import Any

from dragoman.kit import At, Call, Rule, malformed, refused, unknown_member
from dragoman.kit.lower import SchemaDialect, lower_schema

from .parts import NONE

__all__ = ["json_of", "tools_of", "word"]


def rule(action: str, severity: str, reason: str) -> Rule:
    return Rule(action, severity, reason, "")


CHOICES = {"auto": "auto", "required": "any", "none": "none"}
ALLOWED_KEYS = frozenset({"mode", "tools"})
CHOICE_KEYS = frozenset({"type", "function"})
ALLOWED_TOOL_KEYS = frozenset({"type", "function", "custom"})
CHOICE_OF_MANY_KEYS = frozenset({"type", "allowed_tools"})
CHOSEN_KEYS = frozenset({"name"})
CUSTOM_CHOICE_KEYS = frozenset({"type", "custom"})
ALLOWED = rule("substituted", "tuning", "only the allowed tools are sent, at the cost of the prompt's cache")
NO_FUNCTION = rule("dropped", "contract", "only functions and custom tools can be said here")
NOT_ALLOWED = rule("dropped", "tuning", "not among the allowed tools")
CHOICE_FIRST = rule("dropped", "tuning", "tool_choice goes before it")
NO_TOOL = rule("dropped", "contract", "there is no tool to call")
NOT_FORCED = rule("substituted", "contract", "this model cannot be made to call a tool, or not while it thinks")
TOOL = frozenset({"type", "function", "cache_control"})
TOOL_FUNCTION = frozenset({"name", "description", "parameters", "strict"})
FUNCTION = frozenset({"name", "description", "parameters"})
CUSTOM_TOOL = frozenset({"type", "custom", "cache_control"})
CUSTOM = frozenset({"name", "description", "format"})
AS_OBJECT = rule("substituted", "tuning", "input of a tool is an object here; the text stands in its field `input`")
NO_GRAMMAR = rule("dropped", "contract", "a text is held to no grammar here")
NOT_STRICT = rule("dropped", "tuning", "this model has no strict tools")

RESPONSE_FORMAT = frozenset({"type", "json_schema"})
JSON_SCHEMA = frozenset({"name", "description", "schema", "strict"})
JSON_TOOL = rule("substituted", "tuning", "the answer is had as the input of a tool")
JSON_DEMANDED = rule("dropped", "cosmetic", "a demanded tool call leaves no text to be JSON")
NO_JSON = rule("dropped", "contract", "this model can be held to JSON by no means, or not while it thinks")
FORMAT_TOLD = rule("dropped", "tuning", "the format has no description here")

STRUCTURED_OUTPUT = SchemaDialect(
    keep=frozenset(
        [
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "const",
            "anyOf",
            "allOf",
            "$ref",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
        ]
    ),
    rename={"oneOf": "anyOf"},
    values={
        "format": ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"),
        "minItems": (0, 1),
    },
    force={"object": {"additionalProperties": False}},
    to_description=frozenset(
        [
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "pattern",
            "maxItems",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "examples",
            "not",
            "prefixItems",
            "patternProperties",
            "propertyNames",
            "contains",
            "minContains",
            "maxContains",
            "dependentRequired",
            "if",
            "then",
            "else",
        ]
    ),
    moved=rule("moved", "tuning", "told in the description: the decoder does not take it"),
    dropped=rule("dropped", "tuning", "not taken by the decoder"),
    forced=rule("substituted", "tuning", "the decoder demands it"),
)


def tools_of(body: dict[str, Any], json: str | None, can_demand: bool, out: dict[str, Any], call: Call) -> int:
    """Put tools and choice into `out`; gives the number of cache marks on the tools."""
    get = body.get
    choice, function_call = get("tool_choice"), get("function_call")
    mode = allowed = chosen = None
    if type(choice) is str:
        mode = word(CHOICES, choice, ((), "tool_choice"))
    elif choice is not None:
        mode, allowed, chosen = choice_of(choice, call)
    elif type(function_call) is str:
        mode = word(CHOICES, function_call, ((), "function_call"))
    elif function_call:
        mode, chosen = "tool", chosen_of(function_call, ((), "function_call"), call)
    if choice and function_call is not None:
        call.lose(CHOICE_FIRST, ((), "function_call"))
    demanded = mode == "any" or mode == "tool"

    marks = 0
    tools: list[Any] = []
    for i, tool in enumerate(get("tools") or ()):
        if type(tool) is not dict:
            raise malformed(((), "tools", i), "an object", tool)
        if allowed and (name_of(tool, "function") or name_of(tool, "custom")) not in allowed:
            call.lose(NOT_ALLOWED, ((), "tools", i))
            continue
        tools.append(tool_of(tool, ((), "tools", i), call))
        if tool.get("cache_control"):
            marks += 1
    for i, function in enumerate(get("functions") or ()):
        tools.append(function_of(function, ((), "functions", i), call))

    by_tool = False
    if json == "tool":
        at = ((), "response_format")
        if demanded:
            call.lose(JSON_DEMANDED, at)
        elif not can_demand:
            call.lose(NO_JSON, at)
        else:
            by_tool = True
            told: dict[str, Any] = body["response_format"].get("json_schema") or {}
            made = {
                "name": "answer_in_json",
                "input_schema": {"type": "object", **(told.get("schema") or {"additionalProperties": True})},
            }
            if (description := told.get("description")) is not None:
                made["description"] = description
            call.lose(JSON_TOOL, at)
            tools.append(made)
    if not tools:
        if demanded:
            if choice is not None:
                call.lose(NO_TOOL, ((), "tool_choice"))
            if function_call is not None:
                call.lose(NO_TOOL, ((), "function_call"))
        return 0
    out["tools"] = tools

    single = get("parallel_tool_calls") is False
    if by_tool and (mode == "none" or len(tools) == 1):
        out["tool_choice"] = {"type": "tool", "name": "answer_in_json", "disable_parallel_tool_use": True}
        return marks
    if by_tool:
        said: dict[str, Any] = {"type": "any"}
    elif mode == "none":
        out["tool_choice"] = {"type": "none"}
        return marks
    elif mode == "tool" and can_demand:
        if chosen is None:
            raise refused((), "the tool that is chosen has a name")
        said = {"type": "tool", "name": chosen}
    elif demanded and can_demand:
        said = {"type": "any"}
    elif demanded:
        call.lose(NOT_FORCED, ((), "function_call" if choice is None else "tool_choice"))
        said = {"type": "auto"}
    elif mode or single:
        said = {"type": "auto"}
    else:
        return marks
    if single:
        said["disable_parallel_tool_use"] = True
    out["tool_choice"] = said
    return marks


def choice_of(choice: dict[str, Any], call: Call) -> tuple[str, list[Any] | None, str | None]:
    """The mode that a tool_choice asks for, the names that it allows, and the one that it demands."""
    at = ((), "tool_choice")
    kind = choice.get("type")
    if kind == "function":
        function = choice.get("function")
        if type(function) is not dict:
            raise malformed((at, "function"), "an object", function)
        chosen = chosen_of(function, (at, "function"), call)
        if not CHOICE_KEYS.issuperset(choice):
            call.leftovers(choice, CHOICE_KEYS, NONE, at)
        return "tool", None, chosen
    if kind == "allowed_tools":
        only = choice.get("allowed_tools")
        if type(only) is not dict:
            raise malformed((at, "allowed_tools"), "an object", only)
        if not ALLOWED_KEYS.issuperset(only):
            call.leftovers(only, ALLOWED_KEYS, NONE, (at, "allowed_tools"))
        mode, tools = only.get("mode"), only.get("tools")
        if type(mode) is not str:
            raise malformed((at, "allowed_tools", "mode"), "a text", mode)
        if type(tools) is not list:
            raise malformed((at, "allowed_tools", "tools"), "a list", tools)
        if not CHOICE_OF_MANY_KEYS.issuperset(choice):
            call.leftovers(choice, CHOICE_OF_MANY_KEYS, NONE, at)
        names = []
        for i, tool in enumerate(tools):
            place = (at, "allowed_tools", "tools", i)
            if type(tool) is not dict:
                raise malformed(place, "an object", tool)
            if not ALLOWED_TOOL_KEYS.issuperset(tool):
                call.leftovers(tool, ALLOWED_TOOL_KEYS, NONE, place)
            sort = tool.get("type")
            if sort != "function" and sort != "custom":
                call.lose(NO_FUNCTION, place)
            elif (name := name_of(tool, sort)) is not None:
                names.append(name)
        if names:
            call.lose(ALLOWED, (at, "allowed_tools", "tools"))
        return word(CHOICES, mode, (at, "allowed_tools", "mode")), names, None
    if kind == "custom":
        custom = choice.get("custom")
        if type(custom) is not dict:
            raise malformed((at, "custom"), "an object", custom)
        chosen = chosen_of(custom, (at, "custom"), call)
        if not CUSTOM_CHOICE_KEYS.issuperset(choice):
            call.leftovers(choice, CUSTOM_CHOICE_KEYS, NONE, at)
        return "tool", None, chosen
    if type(kind) is not str:
        raise malformed((at, "type"), "a text", kind)
    raise unknown_member((at, "type"), kind, "function, allowed_tools, custom")


def name_of(tool: dict[str, Any], kind: str) -> Any:
    """The name of a tool of this kind, if it has one."""
    held = tool.get(kind)
    return held.get("name") if type(held) is dict else None


def chosen_of(function: dict[str, Any], at: At, call: Call) -> str:
    """The name of the function that must be called."""
    name = function.get("name")
    if type(name) is not str:
        raise malformed((at, "name"), "a text", name)
    if not CHOSEN_KEYS.issuperset(function):
        call.leftovers(function, CHOSEN_KEYS, NONE, at)
    return name


def tool_of(tool: dict[str, Any], at: At, call: Call) -> dict[str, Any]:
    kind = tool.get("type")
    if kind != "function":
        if kind == "custom":
            return custom_of(tool, at, call)
        if type(kind) is not str:
            raise malformed((at, "type"), "a text", kind)
        raise unknown_member((at, "type"), kind, "function, custom")
    function = tool.get("function")
    if type(function) is not dict:
        raise malformed((at, "function"), "an object", function)
    if not TOOL_FUNCTION.issuperset(function):
        call.leftovers(function, TOOL_FUNCTION, NONE, (at, "function"))
    if not TOOL.issuperset(tool):
        call.leftovers(tool, TOOL, NONE, at)
    name, strict, parameters = function.get("name"), function.get("strict"), function.get("parameters")
    if type(name) is not str:
        raise malformed((at, "function", "name"), "a text", name)
    if strict is not None and type(strict) is not bool:
        raise malformed((at, "function", "strict"), "true or false", strict)
    if parameters is not None and type(parameters) is not dict:
        raise malformed((at, "function", "parameters"), "an object", parameters)
    mark = tool.get("cache_control")
    if mark is not None and type(mark) is not dict:
        raise malformed((at, "cache_control"), "an object", mark)
    made: dict[str, Any] = {"name": name}
    if (description := function.get("description")) is not None:
        made["description"] = description
    if strict and call.facts["json_schema"]:
        made["strict"] = True
        if parameters:
            made["input_schema"] = lower_schema(parameters, STRUCTURED_OUTPUT, call, (at, "function", "parameters"))
        else:
            made["input_schema"] = {"type": "object", "properties": {}, "additionalProperties": False}
    else:
        if strict:
            call.lose(NOT_STRICT, (at, "function", "strict"))
        made["input_schema"] = {"type": "object", **(parameters or {"properties": {}})}
    if mark is not None:
        made["cache_control"] = mark
    return made


def custom_of(tool: dict[str, Any], at: At, call: Call) -> dict[str, Any]:
    """A custom tool: its text is the one field of an object."""
    custom = tool.get("custom")
    if type(custom) is not dict:
        raise malformed((at, "custom"), "an object", custom)
    name, form = custom.get("name"), custom.get("format")
    if type(name) is not str:
        raise malformed((at, "custom", "name"), "a text", name)
    if not CUSTOM.issuperset(custom):
        call.leftovers(custom, CUSTOM, NONE, (at, "custom"))
    if not CUSTOM_TOOL.issuperset(tool):
        call.leftovers(tool, CUSTOM_TOOL, NONE, at)
    if form is not None and form != {"type": "text"}:
        call.lose(NO_GRAMMAR, (at, "custom", "format"))
    call.lose(AS_OBJECT, (at, "type"))
    made: dict[str, Any] = {
        "name": name,
        "input_schema": {
            "type": "object",
            "properties": {"input": {"type": "string"}},
            "required": ["input"],
            "additionalProperties": False,
        },
    }
    if (description := custom.get("description")) is not None:
        made["description"] = description
    if (mark := tool.get("cache_control")) is not None:
        made["cache_control"] = mark
    return made


def function_of(function: Any, at: At, call: Call) -> dict[str, Any]:
    """The deprecated form of a tool."""
    if type(function) is not dict:
        raise malformed(at, "an object", function)
    name, parameters = function.get("name"), function.get("parameters")
    if type(name) is not str:
        raise malformed((at, "name"), "a text", name)
    if parameters is not None and type(parameters) is not dict:
        raise malformed((at, "parameters"), "an object", parameters)
    if not FUNCTION.issuperset(function):
        call.leftovers(function, FUNCTION, NONE, at)
    made = {"name": name, "input_schema": {"type": "object", **(parameters or {"properties": {}})}}
    if (description := function.get("description")) is not None:
        made["description"] = description
    return made


def word(table: dict[str, Any], value: Any, at: At) -> Any:
    """What the table has for a value; refused without."""
    if type(value) is str and value in table:
        return table[value]
    known = ", ".join(map(repr, table))
    shown = repr(value) if type(value) is str and len(value) <= 80 else "this value"
    raise refused(at, f"{shown} cannot be said here; one of {known}")


# ---------------------------------------------------------------------- JSON
def json_of(response_format: dict[str, Any], out: dict[str, Any], call: Call) -> str | None:
    """How the answer is held to JSON: by a format, which is put into `out`, or by a tool."""
    at = ((), "response_format")
    if not RESPONSE_FORMAT.issuperset(response_format):
        call.leftovers(response_format, RESPONSE_FORMAT, NONE, at)
    kind = response_format.get("type")
    told = response_format.get("json_schema")
    schema = description = None
    if told is not None:
        if type(told) is not dict:
            raise malformed((at, "json_schema"), "an object", told)
        if not JSON_SCHEMA.issuperset(told):
            call.leftovers(told, JSON_SCHEMA, NONE, (at, "json_schema"))
        schema, description = told.get("schema"), told.get("description")
        if schema is not None and type(schema) is not dict:
            raise malformed((at, "json_schema", "schema"), "an object", schema)
    if kind == "text":
        return None
    if kind == "json_object":
        return "tool"
    if kind != "json_schema":
        if type(kind) is not str:
            raise malformed((at, "type"), "a text", kind)
        raise unknown_member((at, "type"), kind, "text, json_object, json_schema")
    if not (schema and call.facts["json_schema"]):
        return "tool"
    if description is not None:
        call.lose(FORMAT_TOLD, (at, "json_schema", "description"))
    out.setdefault("output_config", {})["format"] = {
        "type": "json_schema",
        "schema": lower_schema(schema, STRUCTURED_OUTPUT, call, (at, "json_schema", "schema")),
    }
    return "format"
