// The two catalogues must hold the same keys with the same placeholders, and every key that the source names must exist.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

const root = new URL('../src/', import.meta.url)
const read = (language) => flatten(JSON.parse(readFileSync(new URL(`messages/${language}.json`, root), 'utf8')))

function flatten(tree, prefix = '') {
  return Object.entries(tree).reduce((all, [key, value]) => {
    const path = prefix ? `${prefix}.${key}` : key
    return typeof value === 'string' ? { ...all, [path]: value } : { ...all, ...flatten(value, path) }
  }, {})
}

const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join()
const zh = read('zh-CN')
const en = read('en')
const wrong = []
for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
  if (!(key in zh)) wrong.push(`zh-CN lacks ${key}`)
  else if (!(key in en)) wrong.push(`en lacks ${key}`)
  else if (placeholders(zh[key]) !== placeholders(en[key].split(' | ').pop())) wrong.push(`placeholders differ in ${key}`)
}

// A count before an English noun has a form for one: where Chinese counts with a measure word, and English ends in -s.
const counts = /\{\w+\} ?(?:[条个件次行张项天份家列人辆处字]|小时|工作日)/
const many = /(?<!of )\{\w+\} (?:[a-z]+ ){0,2}?[a-z]{3,}s\b/
const pluralised = new Set(Object.keys(en).filter((key) => en[key].includes(' | ')))
for (const key of Object.keys(en)) {
  if (!pluralised.has(key) && counts.test(zh[key] ?? '') && many.test(en[key])) wrong.push(`en has one form only for ${key}: ${en[key]}`)
}

const sources = readdirSync(root, { recursive: true }).filter((name) => /\.(vue|ts)$/.test(name))
for (const name of sources) {
  const source = readFileSync(new URL(name, root), 'utf8')
  for (const [, teller, key] of source.matchAll(/[^\w.](t|counted)\(\s*'([\w.]+)'/g)) {
    if (!(key in zh)) wrong.push(`${name} names ${key}, which no catalogue holds`)
    else if (pluralised.has(key) !== (teller === 'counted')) wrong.push(`${name} says ${key} by ${teller}(): what has a plural is said by counted(), and nothing else`)
  }
}

// The pages without an account have a part of the catalogue only (build/messages.ts): what they import may say no more.
const [, names] = /open = \[(.*?)\]/.exec(readFileSync(new URL('../build/messages.ts', import.meta.url), 'utf8'))
const open = new Set(names.match(/\w+/g))
const seen = new Set()
function visit(name) {
  const path = [name, `${name}.ts`].find((one) => sources.includes(one))
  if (!path || seen.has(path)) return
  seen.add(path)
  const source = readFileSync(new URL(path, root), 'utf8')
  for (const [, key] of source.matchAll(/[^\w.](?:te?|counted)\(\s*['`](\w+)\./g)) if (!open.has(key)) wrong.push(`${path} says ${key}.…, which pages without an account do not have (build/messages.ts)`)
  for (const [, from] of source.matchAll(/(?:from|import\() ?'([@.][^']+)'/g)) visit(from.startsWith('@/') ? from.slice(2) : posix.join(posix.dirname(path), from))
}
for (const name of sources) if (/^(report|nearby|open|signin)\//.test(name)) visit(name)
if (wrong.length) {
  console.error(wrong.join('\n'))
  process.exit(1)
}
console.log(`messages: ${Object.keys(zh).length} keys in both languages`)
