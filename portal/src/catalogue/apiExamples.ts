/** The same question in three languages; pasted with a token of one's own, each works without installing anything. */
export function apiExamples(origin: string, path: string): Record<string, string> {
  return {
    curl: `curl -H "Authorization: Bearer $QUANYU_TOKEN" \\\n  "${origin}${path}?limit=100"`,
    python: `import json
import os
from urllib.request import Request, urlopen

request = Request(
    "${origin}${path}?limit=100",
    headers={"Authorization": f"Bearer {os.environ['QUANYU_TOKEN']}"},
)
with urlopen(request) as answer:
    for record in json.load(answer)["items"]:
        print(record)`,
    javascript: `const answer = await fetch("${origin}${path}?limit=100", {
  headers: { Authorization: \`Bearer \${process.env.QUANYU_TOKEN}\` },
})
if (!answer.ok) throw new Error(await answer.text())
for (const record of (await answer.json()).items) console.log(record)`,
  }
}
