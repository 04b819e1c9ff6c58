/** A column after every value of it was looked at, as the engine and the catalogue answer it. */
export interface ColumnProfile {
  name: string
  label: string
  type: string
  format: string | null
  unit: string | null
  rows: number
  nulls: number
  distinct: number
  minimum: string | null
  maximum: string | null
  mean: number | null
  top: [string, number][]
  examples: string[]
  histogram: [string, number][]
  lengths: [number, number]
  semantic: string | null
}
