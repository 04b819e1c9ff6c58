/** How far back the search looks: hours by name, '' without an end. */
const hours: Record<string, number> = { hour: 1, day: 24, week: 24 * 7, month: 24 * 30 }
export const spans = ['', ...Object.keys(hours)]

export function spanStart(span: string): string | undefined {
  const back = hours[span]
  return back === undefined ? undefined : new Date(Date.now() - back * 3_600_000).toISOString()
}
