import type { Page } from './client'

/** All items of a list, page after page. */
export async function allPages<T>(read: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  for (let after: string | undefined; ; ) {
    const page = await read(after)
    items.push(...page.items)
    if (!page.next) return items
    after = page.next
  }
}
