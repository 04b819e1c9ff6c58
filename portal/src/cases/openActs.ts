import type { Definition, Need, Position, WorkView } from '@/api/cases'

/** One thing that may be done now, with what has to be given for it. */
export interface OpenAct {
  name: string
  position: Position
  needs: Need[]
  /** The state that it leads to, where it leads on. */
  to?: string
  /** Of an extension: the most that may be asked for. */
  most?: { amount: number; unit?: string }
}

const decisions = new Set(['grant', 'refuse', 'resume'])
/** Each has a form of its own. */
const answers = new Set(['solved', 'unsolved', 'archive'])

export const isDecision = (act: OpenAct): boolean => decisions.has(act.name)
export const isAnswer = (act: OpenAct): boolean => answers.has(act.name)

export function openActs({ work, acts }: WorkView, definition: Definition | undefined): OpenAct[] {
  return work.positions.flatMap((position) => (acts[position.number] ?? []).map((name) => described(name, position, definition)))
}

function described(name: string, position: Position, definition: Definition | undefined): OpenAct {
  const action = definition?.actions.find((one) => one.name === name)
  if (action) return { name, position, needs: action.needs ?? [], to: action.to ?? action.task }
  const approval = definition?.approvals?.find((one) => one.name === name)
  if (!approval) return { name, position, needs: [] }
  const most = approval.kind === 'extend' ? (approval.most ?? { amount: Infinity }) : undefined
  return { name, position, needs: ['reason'], most }
}
