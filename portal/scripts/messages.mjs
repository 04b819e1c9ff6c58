// The two catalogues must hold the same keys with the same placeholders, and every key that the source names must exist.
import { readdirSync, readFileSync } from 'node:fs'

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
  else if (placeholders(zh[key]) !== placeholders(en[key].split('|').pop())) wrong.push(`placeholders differ in ${key}`)
}

const sources = readdirSync(root, { recursive: true }).filter((name) => /\.(vue|ts)$/.test(name))
for (const name of sources) {
  const source = readFileSync(new URL(name, root), 'utf8')
  for (const [, key] of source.matchAll(/[^\w.]t\(\s*'([\w.]+)'/g)) {
    if (!(key in zh)) wrong.push(`${name} names ${key}, which no catalogue holds`)
  }
}
if (wrong.length) {
  console.error(wrong.join('\n'))
  process.exit(1)
}
console.log(`messages: ${Object.keys(zh).length} keys in both languages`)
