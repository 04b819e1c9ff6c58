import type { ApiError } from '@/api/client'

/** What the node says of one field of a form: its pointer, or one below it. */
export const faultAt = (error: ApiError | undefined, where: string): string | undefined =>
  error?.faults.find((fault) => fault.where === where || fault.where.startsWith(`${where}/`))?.message

/** An error without what is told at the fields already. */
export function besides(error: ApiError | undefined, told: readonly string[]): ApiError | undefined {
  if (!error) return undefined
  const rest = error.faults.filter((fault) => !told.some((where) => fault.where === where || fault.where.startsWith(`${where}/`)))
  return error.faults.length && !rest.length ? undefined : error
}
