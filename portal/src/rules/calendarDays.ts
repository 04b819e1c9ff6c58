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

const weekOf = ({ weeks }: CalendarSource, date: string) => [...weeks].sort((one, other) => other.valid_from.localeCompare(one.valid_from)).find((one) => one.valid_from <= date) ?? weeks[0]

export const dateOf = (year: number, month: number, day: number): string => `${year}-${two(month + 1)}-${two(day)}`

function dayOf(calendar: CalendarSource, year: number, month: number, day: number): Day {
  const date = dateOf(year, month, day)
  const usual = weekOf(calendar, date)?.hours[(new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7] ?? ''
  const said = calendar.days[date]
  if (said === undefined) return { day, kind: usual ? 'work' : 'off', hours: usual }
  if (said === '') return { day, kind: 'holiday', hours: '' }
  return { day, kind: usual ? 'work' : 'made', hours: said }
}

/** One press further: an ordinary working day becomes a holiday, any other day off is worked, and what was an exception is none any more. */
export function pressed(calendar: CalendarSource, date: string, day: Day): CalendarSource {
  const { [date]: said, ...days } = calendar.days
  if (said !== undefined) return { ...calendar, days }
  return { ...calendar, days: { ...days, [date]: day.kind === 'work' ? '' : usualHours(calendar, date) } }
}

/** A day that is made up for has the hours of the first working day of its week. */
const usualHours = (calendar: CalendarSource, date: string): string => weekOf(calendar, date)?.hours.find((hours) => hours !== '') ?? ''

/** The calendar in words, a line for each week and each exception, for comparing. */
export function calendarLines(calendar: CalendarSource, say: { week: (from: string) => string; holiday: string; off: string }): string {
  const weeks = [...calendar.weeks].sort((one, other) => one.valid_from.localeCompare(other.valid_from)).map((week) => `${say.week(week.valid_from)} ${week.hours.map((hours) => hours || say.off).join(' · ')}`)
  const days = Object.entries(calendar.days).sort(([one], [other]) => one.localeCompare(other)).map(([date, hours]) => `${date} ${hours || say.holiday}`)
  return [...weeks, ...days].join('\n')
}

export interface Span {
  /** Monday is 0. */
  first: number
  last: number
  hours: string
}

/** The hours of a week, days that follow each other with the same hours together. */
export const spans = (hours: string[]): Span[] =>
  hours.reduce<Span[]>((all, now, day) => {
    const before = all.at(-1)
    return before?.hours === now ? [...all.slice(0, -1), { ...before, last: day }] : [...all, { first: day, last: day, hours: now }]
  }, [])
