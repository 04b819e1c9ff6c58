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

/** None until the definition is known: nobody could say what they need. */
export function openActs({ work, acts }: WorkView, definition: Definition | undefined): OpenAct[] {
  if (!definition) return []
  return work.positions.flatMap((position) => (acts[position.number] ?? []).map((name) => described(name, position, definition)))
}

/**
 * The act that leads on along the way of the work: into the nearest stage that is later, or else into the nearest state that is;
 * of several the one that the workflow names first, and the only one that there is.
 */
export function usualAct(acts: readonly OpenAct[], { states }: Definition): OpenAct | undefined {
  const onward = acts.filter((act) => act.to && !isDecision(act) && !isAnswer(act))
  const stages = [...new Set(states.map((state) => state.stage))]
  const at = (name: string) => states.findIndex((state) => state.name === name)
  const steps = ({ to, position }: OpenAct) => {
    const [here, there] = [at(position.state), at(to!)]
    const byStage = stages.indexOf(states[there]?.stage) - stages.indexOf(states[here]?.stage)
    if (states[there]?.final || byStage < 0 || there < here) return Infinity
    return byStage || stages.length + there - here
  }
  const nearest = Math.min(...onward.map(steps))
  return onward.length === 1 ? onward[0] : onward.find((act) => steps(act) === nearest && nearest < Infinity)
}

function described(name: string, position: Position, definition: Definition): OpenAct {
  const action = definition.actions.find((one) => one.name === name)
  if (action) return { name, position, needs: action.needs ?? [], to: action.to ?? action.task }
  const approval = definition.approvals?.find((one) => one.name === name)
  if (!approval) return { name, position, needs: [] }
  const most = approval.kind === 'extend' ? (approval.most ?? { amount: Infinity }) : undefined
  return { name, position, needs: ['reason'], most }
}
