import type { Contract } from '@/api/contracts'
import { segment } from '@/api/client'
import { contractUrl } from '@/api/contracts'
import type { Terms, Way } from '@/api/terms'

export const languages = ['curl', 'python', 'javascript'] as const
export type Language = (typeof languages)[number]

interface Ask {
  path: string
  body?: unknown
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** One question for each way of a contract; pasted with a token of one's own, it works. */
function askOf(way: Way, { id, dataset }: Contract, terms: Terms): Ask {
  const url = contractUrl(id)
  switch (way) {
    case 'records':
      return { path: `${url}/records?limit=${Math.min(100, terms.rows ?? 100)}` }
    case 'file':
      return { path: `${url}/file?format=csv` }
    case 'changes':
      return { path: `${url}/changes` }
    case 'entities':
      return { path: `/api/v1/sharing/entities/${segment(id)}/ngsi-ld/v1/entities?local=true&limit=${Math.min(100, terms.rows ?? 100)}` }
    case 'sandbox':
      return { path: `${url}/trials`, body: { sql: `select count(*) from ${quoted(dataset)}`, purpose: terms.purpose } }
    case 'check':
      return { path: `${url}/check`, body: { claims: Object.fromEntries((terms.check_key ?? []).map((column) => [column, '…'])) } }
    case 'sql': {
      const columns = (terms.group ?? 0) > 1 || terms.noise ? 'count(*)' : terms.columns.slice(0, 3).map(quoted).join(', ')
      return { path: '/api/v1/sharing/query', body: { sql: `select ${columns} from ${quoted(dataset)}`, contracts: [id] } }
    }
  }
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

function curl(url: string, body: string | undefined): string {
  const authorized = `curl -H "Authorization: Bearer $QUANYU_TOKEN" \\\n`
  return body === undefined ? `${authorized}  "${url}"` : `${authorized}  -H "Content-Type: application/json" \\\n  -d ${shellQuoted(body)} \\\n  "${url}"`
}

function python(url: string, body: string | undefined): string {
  const given = body === undefined ? '' : `\n    data=json.dumps(${pythonValue(JSON.parse(body))}).encode(),`
  const type = body === undefined ? '' : ', "Content-Type": "application/json"'
  return `${body === undefined ? '' : 'import json\n'}import os
from urllib.request import Request, urlopen

request = Request(
    "${url}",${given}
    headers={"Authorization": f"Bearer {os.environ['QUANYU_TOKEN']}"${type}},
)
with urlopen(request) as answer:
    print(answer.read().decode())`
}

/** JSON without true, false and null is Python as it stands. */
const pythonValue = (value: unknown) => JSON.stringify(value)

function javascript(url: string, body: string | undefined): string {
  const more = body === undefined ? '' : `\n  method: "POST",\n  body: JSON.stringify(${body}),`
  const type = body === undefined ? '' : ', "Content-Type": "application/json"'
  return `const answer = await fetch("${url}", {${more}
  headers: { Authorization: \`Bearer \${process.env.QUANYU_TOKEN}\`${type} },
})
if (!answer.ok) throw new Error(await answer.text())
console.log(await answer.text())`
}

export function callExample(origin: string, way: Way, language: Language, contract: Contract, terms: Terms): string {
  const { path, body } = askOf(way, contract, terms)
  const said = body === undefined ? undefined : JSON.stringify(body)
  return { curl, python, javascript }[language](origin + path, said)
}
