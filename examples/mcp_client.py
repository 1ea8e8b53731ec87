"""An agent's view: python mcp_client.py demo 196 "a thriller"

It starts `shelftalker mcp DIR` and calls a tool over standard input and output.
"""

import asyncio
import sys

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters


async def main(folder: str, user: str, request: str = "", engine: str = "none") -> None:
    arguments = ["-m", "shelftalker.cli", "mcp", folder, "--engine", engine]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
        print("tools:", ", ".join(tool.name for tool in (await client.list_tools()).tools))
        found = await client.call_tool("recommend", {"user": user, "request": request})
        for pick in found.structured_content["picks"]:
            print(f"{pick['title']}: {pick['text']}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
