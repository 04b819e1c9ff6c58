import type { Period } from '@/api/scores'

const offset = '+08:00'
const shownMonths = 24
const zone = 'Asia/Shanghai'

/** The month that it is in the city, as `2026-11`. */
export const thisMonth = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit' }).format(new Date())

function after(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const at = year * 12 + number - 1 + by
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`
}

export const monthBefore = (month: string): string => after(month, -1)

export const monthName = (month: string, language: string): string =>
  new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long' }).format(new Date(`${month}-15T00:00:00`))

/** The last two years, newest first. */
export const months = (): string[] => Array.from({ length: shownMonths }, (_, back) => after(thisMonth(), -back))

export const periodOf = (month: string): Period => ({ from: `${month}-01T00:00:00${offset}`, until: `${after(month, 1)}-01T00:00:00${offset}` })
