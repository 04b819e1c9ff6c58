import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

/** What the pages without an account say; everything else is fetched with the frame of the staff. `scripts/messages.mjs` holds it to their sources. */
export const open = ['call', 'common', 'count', 'follow', 'frame', 'map', 'nearby', 'open', 'photo', 'report', 'signin', 'state', 'time', 'type']
const named = /^virtual:messages\/([\w-]+)\/(open|rest)$/

/** Each catalogue in two parts: `virtual:messages/zh-CN/open` and `…/rest`. */
export function messages(folder: string): Plugin {
  return {
    name: 'quanyu-messages',
    resolveId: (id) => (named.test(id) ? `\0${id}` : undefined),
    async load(id) {
      const [, language, part] = named.exec(id.slice(1)) ?? []
      if (!language) return undefined
      const file = `${folder}/${language}.json`
      this.addWatchFile(file)
      const all = Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)
      return `export default ${JSON.stringify(Object.fromEntries(all.filter(([name]) => open.includes(name) === (part === 'open'))))}`
    },
  }
}
