import { address, segment, type Query } from '@/api/client'
import type { Rule } from '@/api/rules'

export const importPath = (id: string): string => `/data/imports/${segment(id)}`
export const sourcePath = (name: string): string => address('/data/sources', { source: name })
export const quarantinePath = (dataset: string, filters: Query = {}): string =>
  address(`/quality/${segment(dataset)}/quarantine`, filters)
/** Of a body's datasets or defects, those that a figure of its board counts. */
export const qualityPath = (filters: Query): string => address('/quality', filters)
export const datasetQualityPath = (dataset: string): string => `/quality/${segment(dataset)}`
export const entryPath = (dataset: string): string => `/catalogue/${segment(dataset)}`
/** The records of a dataset that meet all conditions, each as `column:op:value`. */
export const recordsPath = (dataset: string, conditions: readonly string[] = []): string => address(entryPath(dataset), { tab: 'records', where: conditions })
/** What was refused of an import, whatever became of it since. */
export const refusedPath = (dataset: string, imported: string, filters: Query = {}): string => quarantinePath(dataset, { ...filters, import: imported, state: 'all' })
/** What breaks a rule: in quarantine, or accepted and marked; of all records, or of those that came with an import. */
export const brokenPath = (dataset: string, { name, severity }: Pick<Rule, 'name' | 'severity'>, imported?: string): string =>
  severity !== 'refuse' ? recordsPath(dataset, [`_flags:has:${name}`, ...(imported ? [`_import:eq:${imported}`] : [])]) : imported ? refusedPath(dataset, imported, { rule: name }) : quarantinePath(dataset, { rule: name })
/** The cases behind a body's line in the sheet of a month. */
export const judgedPath = (month: string, body: string): string => address('/scores', { month, body })
export const tracePath = (entity: string): string => `/trace/${segment(entity)}`
/** The secret stands behind `#`, which no server's log sees. */
export const followPath = (number: string, secret: string): string => `/follow/${segment(number)}#${segment(secret)}`
export const casePath = (number: string): string => `/cases/${segment(number)}`
/** All cases that may be seen; `reported` and `closed` are spans. */
export const caseListPath = (filters: Query = {}): string => address('/cases', { tab: 'all', ...filters })
/** What is late or soon due. */
export const pressingPath = (filters: Query = {}): string => address('/cases', { tab: 'pressing', ...filters })
/** From a moment on and before another, as lists are asked for it. */
export const spanOf = (from: string, before: string): string => `${from}/${before}`
export const workPath = (id: string): string => `/work/${segment(id)}`
export const taskPath = (instance: string, position: number): string => `/field/${segment(instance)}/${position}`
export const rulePath = (name: string): string => `/rules/${segment(name)}`
export const indicatorPath = (code: string, filters: Query = {}): string => address(`/indicators/${segment(code)}`, filters)
export const mapPath = (filters: Query): string => address('/map', filters)
/** `item`: one that is chosen already. */
export const askPath = (dataset: string, node = '', item = ''): string => address('/sharing/ask', { dataset, node, item })
export const elementPath = (code: string): string => `/sharing/elements/${segment(code)}`
export const requestPath = (id: string): string => `/sharing/requests/${segment(id)}`
export const askedPath = (id: string): string => `/sharing/asked/${segment(id)}`
export const openEntryPath = (name: string): string => `/open/${segment(name)}`
export const contractPath = (id: string, filters: Query = {}): string => address(`/sharing/contracts/${segment(id)}`, filters)
/** The ledger of a contract; of one day of the city's. */
export const contractCallsPath = (id: string, day = ''): string => `${contractPath(id, { tab: 'use', day })}#calls`
/** The lines behind a figure of the balance. */
export const balancePath = (filters: Query): string => `${address('/sharing', { tab: 'balance', ...filters })}#links`
export const returnPath = (id: string): string => `/sharing/returns/${segment(id)}`
export const disputePath = (id: string): string => `/sharing/disputes/${segment(id)}`
export const listedEntryPath = (node: string, dataset: string): string => `/catalogue/nodes/${segment(node)}/${segment(dataset)}`
/** Entries that this node knows from another one. */
export const toldPath = (node: string): string => address('/catalogue', { tab: 'levels', told_by: node })
export const evidencePath = (resource: string): string => address('/evidence', { resource })
/** What was refused about it. */
export const deniedPath = (resource: string): string => address('/evidence', { resource, outcome: 'denied' })
export const messagesPath = (peer: string, filters: Query = {}): string => address('/nodes', { tab: 'proofs', peer, ...filters })
export const waitingPath = (peer: string): string => messagesPath(peer, { state: 'waiting' })
export const packPagePath = (pack: string, view: string): string => `/packs/${segment(pack)}/${segment(view)}`
/** What lies with a body, by the time that is left. */
export const bodyPath = (id: string): string => pressingPath({ body: id })
export const accountPath = (login: string): string => address('/system', { tab: 'accounts', q: login })
