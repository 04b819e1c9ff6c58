/** Days of forms are the city's days: a contract begins with the first and ends with the last one. */
const offset = '+08:00'
const zone = 'Asia/Shanghai'

export const dayStart = (day: string): string => `${day}T00:00:00${offset}`
export const dayEnd = (day: string): string => `${day}T23:59:59${offset}`

export const dayOf = (moment: string | Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(moment))

export function daysAhead(days: number): string {
  return dayOf(new Date(Date.now() + days * 86_400_000))
}
