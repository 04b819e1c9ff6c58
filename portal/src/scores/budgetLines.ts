import type { Budget, ScoreSheet } from '@/api/scores'

/** A line of the budget form: figures as they are typed, shares in percent; grade and factor as the sheet of a month has them. */
export interface BudgetLine {
  organisation: string
  system: string
  grade: string | null
  factor: number | null
  amount: string
  used: string
  quality: string
}

const percent = (share: number | null | undefined): string => (share === null || share === undefined ? '' : String(Math.round(share * 10_000) / 100))

export function budgetLines(sheet: ScoreSheet, budgets: readonly Budget[]): BudgetLine[] {
  return sheet.lines.map((line) => {
    const kept = budgets.find((one) => one.organisation === line.organisation && one.system === line.system)
    return {
      organisation: line.organisation,
      system: line.system,
      grade: line.score.band?.grade ?? null,
      factor: line.score.band?.factor ?? null,
      amount: kept ? String(kept.amount) : '',
      used: percent(kept?.used),
      quality: percent(kept?.quality),
    }
  })
}

/** Next year's amount by the grade; null where there is no amount, no grade, or the grade says stop and review. */
export const proposedFor = ({ amount, factor }: Pick<BudgetLine, 'amount' | 'factor'>): number | null =>
  amount.trim() === '' || !Number.isFinite(Number(amount)) || factor === null ? null : Math.round(Number(amount) * factor * 100) / 100
