"""A shop's own server before the service: it holds the key, and gives a browser a visitor token.

    shelftalker keys shop create --scopes serve        # prints the key
    shelftalker serve shop --port 8000
    SHELFTALKER=http://127.0.0.1:8000 KEY=... uvicorn front_end:app --port 9000

In `workspace.toml`: [service] cors_origins = ["http://127.0.0.1:9000"]
"""

import os

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

app = FastAPI()
PAGE = """<!doctype html><title>For you</title><h1>For you</h1><div id="cards">…</div>
<script>
const answer = await fetch("ADDRESS/v1/recommendations", {method: "POST",
  headers: {"Authorization": "Bearer TOKEN", "Content-Type": "application/json"},
  body: JSON.stringify({k: 3})}).then(reply => reply.json());
const cards = document.getElementById("cards");
cards.replaceChildren(...answer.cards.map(card => {
  const text = document.createElement("p");
  text.textContent = card.title + ": " + card.description;  // text, never HTML
  return text;
}));
</script>"""


@app.get("/")
async def page(request: Request) -> HTMLResponse:
    """The page of one visitor, whom the shop knows by its own session cookie."""
    user = request.cookies.get("customer", "new visitor")
    address = os.environ["SHELFTALKER"]
    async with httpx.AsyncClient(base_url=address) as service:
        reply = await service.post(
            "/v1/visitor-tokens",
            json={"user": user, "minutes": 30},
            headers={"Authorization": f"Bearer {os.environ['KEY']}"},
        )
    reply.raise_for_status()
    token = reply.json()["token"]
    shown = PAGE.replace("ADDRESS", address).replace("TOKEN", token)
    return HTMLResponse(shown.replace("<script>", '<script type="module">'))
