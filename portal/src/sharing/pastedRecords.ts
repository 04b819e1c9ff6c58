/** Lines as a spreadsheet copies or saves them: the first one names the columns; cells by tabs or commas, quoted where they hold one. */
export function pastedRecords(text: string): Record<string, string>[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const [first, ...others] = lines
  if (first === undefined) return []
  const cellsOf = first.includes('\t') ? (line: string) => line.split('\t') : quotedCells
  const columns = cellsOf(first).map((one) => one.trim())
  const records = others.map((line) => {
    const cells = cellsOf(line).map((one, at) => [columns[at] ?? '', one.trim()] as const)
    return Object.fromEntries(cells.filter(([column, value]) => column !== '' && value !== ''))
  })
  return records.filter((one) => Object.keys(one).length > 0)
}

const cell = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/gy

function quotedCells(line: string): string[] {
  return [...line.matchAll(cell)].filter((found) => found.index < line.length || line.endsWith(',')).map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}
