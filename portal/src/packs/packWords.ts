import type { RouteLocationRaw } from 'vue-router'
import { askBlock, type Opening, type PackView } from '@/api/packs'
import { capital } from '@/components/capital'
import { cityDay, dayOf } from '@/cityDay'
import { packPagePath } from '@/paths'

/** The words of the packs: `<pack>.column.<name>` names a value, `<pack>.<name>.<code>` says what a code means. */
export interface Words {
  column: (name: string) => string
  code: (name: string, value: unknown) => string | undefined
}

/** `bodies`: the names whose values are codes of bodies; `bodyName` calls those. */
export function wordsOf(pack: string, messages: Record<string, string>, bodies: readonly string[], bodyName: (id: string) => string): Words {
  const calledBody = (name: string, value: unknown) => (bodies.includes(name) && typeof value === 'string' && value ? bodyName(value) : undefined)
  return {
    column: (name) => messages[`${pack}.column.${name}`] ?? name,
    code: (name, value) => {
      const said = messages[`${pack}.${name}.${String(value ?? '')}`]
      return said === undefined ? calledBody(name, value) : capital(said)
    },
  }
}

/** In the reader's language, else in Chinese. */
export const textOf = (texts: Record<string, string> | undefined, language: string): string => texts?.[language] ?? texts?.['zh-CN'] ?? ''

/** Of a unit written `one | many`, as the portal's own texts are: the form that goes with so many, else the second. */
export const unitFor = (unit: string, many?: number): string => unit.split(' | ').at(many === 1 ? 0 : -1) ?? ''

export function valueAt(row: unknown, name: string): unknown {
  return name.split('.').reduce((value: unknown, part) => (value as Record<string, unknown> | undefined)?.[part], row)
}

type Row = Record<string, unknown>

/** The rows of an answer; `a.b` is every b of every a. */
export function rowsAt(answer: unknown, path: string): Row[] {
  return path.split('.').reduce<unknown[]>((found, part) => found.flatMap((one) => (one as Row | undefined)?.[part] ?? []), [answer]) as Row[]
}

/** What the reader has chosen by name, the day among it; null: there is nothing to choose. */
export type Chosen = Record<string, string | null>

/** An address for what was chosen: `{day}` is the day, `{month}` the first moment of its month, `{now}` its last moment, at most now.
    Undefined where it names what cannot be chosen; an empty word takes its part of the question away. */
export function routeOf(route: string, chosen: Chosen, now: Date): string | undefined {
  const day = chosen['day'] ?? dayOf(now)
  const end = new Date(Math.min(now.getTime(), new Date(`${day}T23:59:59+08:00`).getTime()))
  const said: Chosen = { month: `${day.slice(0, 7)}-01T00:00:00+08:00`, now: end.toISOString(), ...chosen }
  const names = [...route.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '')
  if (names.some((name) => said[name] === undefined || said[name] === null)) return undefined
  const [path = '', query = ''] = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(said[name] ?? '')).split('?')
  const asked = query.split('&').filter((part) => part && !part.endsWith('='))
  return asked.length ? `${path}?${asked.join('&')}` : path
}

export const withQuery = (route: string, query: Record<string, string>): string => `${route}${route.includes('?') ? '&' : '?'}${new URLSearchParams(query).toString()}`

/** The address of the records behind a number; what is chosen on this page stays chosen there. */
export function recordsOf(pack: string, view: string, opening: string | Opening, row: Row, chosen: Chosen): RouteLocationRaw {
  const { view: other, block, with: fields, is } = typeof opening === 'string' ? { block: opening } as Opening : opening
  const named = Object.entries(fields ?? {}).map(([name, field]) => [name, valueAt(row, field)])
  const query = Object.fromEntries([...Object.entries(chosen), ...named, ...Object.entries(is ?? {})].filter(([, value]) => value !== null && value !== undefined && value !== '')) as Record<string, string>
  return { path: packPagePath(pack, other ?? view), query, hash: block ? `#${block}` : '' }
}

/** The rows that somebody has asked for by fields of theirs. */
export const narrowed = (rows: Row[], only: readonly string[], asked: Record<string, unknown>): Row[] =>
  rows.filter((row) => only.every((name) => asked[name] === undefined || String(valueAt(row, name)) === asked[name]))

export const hasDay = (view: PackView): boolean =>
  [...(view.body.blocks ?? []), ...(view.body.choose ?? [])].some((one) => /\{(day|month|now)\}/.test(one.route ?? ''))

/** The newest day of which the page has something, as its route says; else today. */
export async function firstDay(view: PackView): Promise<string> {
  const today = cityDay()
  if (!view.body.day) return today
  const told = await askBlock(view.body.day, new AbortController().signal).catch(() => undefined)
  return typeof told?.['last'] === 'string' ? told['last'] : today
}
