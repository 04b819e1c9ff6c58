import { ApiError, reach } from './client'

export interface Readiness {
  status: string
  [part: string]: string
}

/** What is away answers 503 with the same shape; that is a finding, not an error. */
export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch('/readyz', { signal, headers: { Accept: 'application/json' } }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    throw new ApiError(0, '')
  })
  return (await response.json()) as Readiness
}

export interface Metrics {
  jobs: Record<string, number>
  memory: number | undefined
  started: number | undefined
}

/** The few figures of /metrics that people look at. */
export async function readMetrics(signal: AbortSignal): Promise<Metrics> {
  const lines = (await (await reach('/metrics', { signal })).text()).split('\n')
  const value = (name: string) => {
    const line = lines.find((one) => one.startsWith(`${name} `))
    return line === undefined ? undefined : Number(line.split(' ')[1])
  }
  const jobs = lines.flatMap((line) => {
    const found = /^quanyu_jobs\{state="(\w+)"\} (\S+)/.exec(line)
    return found ? [[found[1], Number(found[2])] as const] : []
  })
  return { jobs: Object.fromEntries(jobs), memory: value('process_resident_memory_bytes'), started: value('process_start_time_seconds') }
}

