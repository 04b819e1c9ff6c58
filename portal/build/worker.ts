import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Plugin, Rollup } from 'vite'

/** The pages that open without network, by the scope of their worker; everything they load is kept on the device. */
const scopes: Record<string, string[]> = {
  '/field': ['src/field/', 'messages/en/', 'messages/zh-CN/rest'],
  '/report': ['src/report/', 'messages/en/open'],
}
const always = ['/', '/theme.js', '/icon.svg']

/** Writes sw.js with the list of the files that those pages need; its version is that of their content. */
export function worker(source: string): Plugin {
  return {
    name: 'quanyu-worker',
    apply: 'build',
    async generateBundle(_, bundle) {
      const listed = Object.entries(scopes).map(([scope, pages]) => [scope, [...always, ...[...needed(bundle, pages)].sort().map((name) => `/${name}`)]])
      const files = JSON.stringify(Object.fromEntries(listed))
      const version = createHash('sha256').update(files).digest('hex').slice(0, 12)
      const code = await readFile(source, 'utf8')
      const made = `const VERSION = ${JSON.stringify(version)}\nconst FILES = ${files}\n${code}`
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: made })
    },
  }
}

function needed(bundle: Rollup.OutputBundle, pages: string[]): Set<string> {
  const found = new Set<string>()
  const follow = (name: string): void => {
    const chunk = bundle[name]
    if (found.has(name) || chunk?.type !== 'chunk') return
    found.add(name)
    const { importedCss, importedAssets } = chunk.viteMetadata ?? {}
    for (const asset of [...(importedCss ?? []), ...(importedAssets ?? [])]) found.add(asset)
    chunk.imports.forEach(follow)
  }
  for (const [name, chunk] of Object.entries(bundle)) if (chunk.type === 'chunk' && (chunk.isEntry || isOf(chunk, pages))) follow(name)
  for (const [name, asset] of Object.entries(bundle)) if (asset.type === 'asset' && name.endsWith('.woff2')) found.add(name)
  return found
}

const isOf = ({ facadeModuleId }: Rollup.OutputChunk, pages: string[]): boolean => facadeModuleId !== null && pages.some((page) => (facadeModuleId.includes(`/${page}`) || facadeModuleId.includes(`:${page}`)))
