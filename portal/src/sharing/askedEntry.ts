import { readEntry } from '@/api/catalogue'
import type { ShareType } from '@/api/sharing'
import { readListedEntry } from '@/api/nodes'

/** What the form must know of an entry, of this node or of another one. */
export interface AskedEntry {
  node: string
  name: string
  title: string
  /** The body's code and what it is called; a body of another node has no code here. */
  body: string | null
  owner: string
  owner_en: string
  condition: string
  /** Without records it must first be published: the provider then has more time. */
  published: boolean
  items: { name: string; label: string; shareType: ShareType; basis: string }[]
}

export async function readAskedEntry(node: string, name: string, signal: AbortSignal): Promise<AskedEntry> {
  return node ? ofNode(node, name, signal) : ofThisNode(name, signal)
}

async function ofThisNode(name: string, signal: AbortSignal): Promise<AskedEntry> {
  const { entry } = await readEntry(name, signal)
  const said = entry.description
  return {
    node: '',
    name,
    title: said.title || name,
    body: said.organisation || null,
    owner: said.organisation_name || said.organisation || '',
    owner_en: '',
    condition: said.share_condition,
    published: entry.facts.records > 0,
    items: said.items.map((one) => ({ name: one.name, label: one.label, shareType: one.share_type ?? said.share_type, basis: one.share_basis || said.share_basis })),
  }
}

async function ofNode(node: string, name: string, signal: AbortSignal): Promise<AskedEntry> {
  const { entry } = await readListedEntry(node, name, signal)
  return {
    node,
    name,
    title: entry.title || name,
    body: null,
    owner: entry.owner,
    owner_en: entry.owner_en,
    condition: entry.share_condition,
    published: entry.records > 0,
    items: entry.items.map((one) => ({ name: one.name, label: one.label, shareType: one.share_type ?? entry.share_type, basis: one.share_basis || entry.share_basis })),
  }
}
