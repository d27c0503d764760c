import httpx2
import openai

from dragoman.transport import Transport

transport = Transport("acme", on_loss=lambda losses: print(*losses, sep="\n"))
client = openai.OpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=httpx2.Client(transport=transport))
answer = client.chat.completions.create(
    model="acme-small", temperature=1.5, max_tokens=200, messages=[{"role": "user", "content": "Hello"}]
)
print(answer.choices[0].message.content)
