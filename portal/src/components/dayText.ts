const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A day in the ways that people write it, as `2026-11-22`: year, month, day with anything between, or `22 Nov 2026`. Undefined where it is
    none. */
export function dayIn(text: string): string | undefined {
  const digits = /^\s*(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?\s*$/.exec(text)
  if (digits) return day(Number(digits[1]), Number(digits[2]), Number(digits[3]))
  const named = /^\s*(\d{1,2})\s+([a-z]{3,9})\.?,?\s+(\d{4})\s*$/i.exec(text)
  return named ? day(Number(named[3]), months.indexOf((named[2] ?? '').slice(0, 3).toLowerCase()) + 1, Number(named[1])) : undefined
}

function day(year: number, month: number, of: number): string | undefined {
  const made = new Date(Date.UTC(year, month - 1, of))
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === of ? made.toISOString().slice(0, 10) : undefined
}
