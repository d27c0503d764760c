# edited by hand
