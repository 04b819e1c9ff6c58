import { askBlock, type Block, type PackView } from '@/api/packs'

/** The words of the packs: `<pack>.column.<name>` names a value, `<pack>.<name>.<code>` says what a code means. */
export interface Words {
  column: (name: string) => string
  code: (name: string, value: unknown) => string | undefined
}

export function wordsOf(pack: string, messages: Record<string, string>): Words {
  return {
    column: (name) => messages[`${pack}.column.${name}`] ?? name,
    code: (name, value) => messages[`${pack}.${name}.${String(value)}`],
  }
}

/** In the reader's language, else in Chinese. */
export const textOf = (texts: Record<string, string> | undefined, language: string): string => texts?.[language] ?? texts?.['zh-CN'] ?? ''

export function valueAt(row: Record<string, unknown>, name: string): unknown {
  return name.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], row)
}

const zone = 'Asia/Shanghai'
/** The city's day, as its routes take it. */
export const dayOf = (moment: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(moment)

/** A block's address for a day: `{day}` is it, `{month}` the first moment of its month, `{now}` its last moment, at most now. */
export function routeOf(block: Block, day: string, now: Date): string {
  const end = new Date(Math.min(now.getTime(), new Date(`${day}T23:59:59+08:00`).getTime()))
  const said: Record<string, string> = { day, month: `${day.slice(0, 7)}-01T00:00:00+08:00`, now: end.toISOString() }
  return block.route.replace(/\{(day|month|now)\}/g, (_, name: string) => encodeURIComponent(said[name] ?? ''))
}

export const hasDay = (view: PackView): boolean => view.body.blocks?.some((block) => /\{(day|month|now)\}/.test(block.route)) ?? false

/** The newest day of which the page has something, as its route says; else today. */
export async function firstDay(view: PackView): Promise<string> {
  const today = dayOf(new Date())
  if (!view.body.day) return today
  const told = await askBlock(view.body.day, new AbortController().signal).catch(() => undefined)
  return typeof told?.['last'] === 'string' ? told['last'] : today
}
