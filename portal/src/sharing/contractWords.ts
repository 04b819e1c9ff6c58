import type { Contract, ContractState, Usage } from '@/api/contracts'
import type { Light } from '@/components/StatusLight.vue'

export const stateLights: Record<ContractState, Light> = { offered: 'active', active: 'good', suspended: 'warn', terminated: 'unknown', expired: 'unknown' }
const nearly = 0.8
const lastDays = 7 * 86_400_000

/** Of a limit that is used up by degrees. */
export const shareLight = (used: number, most: number): Light => (used >= most ? 'bad' : used >= most * nearly ? 'warn' : 'good')

export const isOver = (contract: Contract): boolean => contract.state === 'terminated' || contract.state === 'expired'

/** What a list must not hide of a contract in force: it ends within a week, or its calls run out. */
export function warning(contract: Contract, usage?: Usage, now = Date.now()): 'ends' | 'calls' | undefined {
  if (contract.state !== 'active' || !contract.terms) return undefined
  if (Date.parse(contract.terms.ends) - now < lastDays) return 'ends'
  if (usage && contract.terms.calls && usage.calls >= contract.terms.calls * nearly) return 'calls'
  return undefined
}
