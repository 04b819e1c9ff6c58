import type { Page } from '@/api/client'
import { catalogueEntries } from '@/api/catalogue'
import { findEntities, titleOf } from '@/api/entities'

export interface Finding {
  kind: 'dataset' | 'entity'
  title: string
  to: string
}

const each = 6

/** Datasets and entities that answer to the words; a part that fails or may not be read adds nothing. */
export async function findEverywhere(text: string, signal: AbortSignal): Promise<Finding[]> {
  const [entries, entities] = await Promise.allSettled([
    catalogueEntries({ q: text, limit: each }, signal),
    findEntities({ q: text, limit: each }, signal),
  ])
  return [
    ...itemsOf(entries).map((entry) => ({ kind: 'dataset' as const, title: entry.title || entry.name, to: `/catalogue/${encodeURIComponent(entry.name)}` })),
    ...itemsOf(entities).map((entity) => ({ kind: 'entity' as const, title: titleOf(entity), to: `/map?entity=${encodeURIComponent(entity.id)}` })),
  ]
}

function itemsOf<T>(settled: PromiseSettledResult<Page<T>>): T[] {
  return settled.status === 'fulfilled' ? settled.value.items : []
}
