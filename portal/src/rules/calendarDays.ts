import type { CalendarSource } from '@/api/workflows'

export type DayKind = 'work' | 'off' | 'holiday' | 'made'

export interface Day {
  day: number
  kind: DayKind
  hours: string
}

const two = (number: number) => String(number).padStart(2, '0')

/** The weeks of a month from Monday on, with gaps before its first and behind its last day. */
export function monthDays(calendar: CalendarSource, year: number, month: number): (Day | undefined)[][] {
  const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const gap = (new Date(Date.UTC(year, month, 1)).getUTCDay() + 6) % 7
  const days: (Day | undefined)[] = [...Array<undefined>(gap).fill(undefined), ...Array.from({ length: count }, (_, at) => dayOf(calendar, year, month, at + 1))]
  return Array.from({ length: Math.ceil(days.length / 7) }, (_, week) => Array.from({ length: 7 }, (_, day) => days[week * 7 + day]))
}

function dayOf(calendar: CalendarSource, year: number, month: number, day: number): Day {
  const date = `${year}-${two(month + 1)}-${two(day)}`
  const week = [...calendar.weeks].sort((one, other) => other.valid_from.localeCompare(one.valid_from)).find((one) => one.valid_from <= date) ?? calendar.weeks[0]
  const usual = week?.hours[(new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7] ?? ''
  const said = calendar.days[date]
  if (said === undefined) return { day, kind: usual ? 'work' : 'off', hours: usual }
  if (said === '') return { day, kind: 'holiday', hours: '' }
  return { day, kind: usual ? 'work' : 'made', hours: said }
}
