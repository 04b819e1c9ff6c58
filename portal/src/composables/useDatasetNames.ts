import { listDatasets } from '@/api/quality'
import { askedNames } from './askedNames'
import { may } from './useSession'
import { useTitles } from './useTitles'

const titles = askedNames(async (name) => {
  const { items } = await listDatasets({ name, limit: name.length }, new AbortController().signal)
  return items.map((one) => [one.name, one.title] as const)
})

/** Datasets by their titles, once these have come. */
export function useDatasetNames() {
  const { titleFor } = useTitles()
  const known = (name: string) => (may('dataset.read') ? titles.of(name) : undefined)
  /** `title`: where there is no such dataset yet. */
  const datasetName = (name: string, title?: string | null) => titleFor(known(name) ?? title, name)
  /** For the head of a page, which is no code: none until the title is known. */
  function datasetTitle(name: string): string | undefined {
    const title = known(name)
    return title === undefined ? undefined : titleFor(title, name)
  }
  async function findDatasets(q: string, signal: AbortSignal) {
    const page = await listDatasets({ q, limit: 20 }, signal)
    titles.learn(page.items.map((one) => [one.name, one.title] as const))
    return { choices: page.items.map((one) => ({ value: one.name, label: `${titleFor(one.title, one.name)} (${one.name})` })), more: Boolean(page.next) }
  }
  return { datasetName, datasetTitle, findDatasets }
}
