import { useI18n } from 'vue-i18n'
import type { EvidenceEntry } from '@/api/evidence'
import { useBodies } from '@/composables/useBodies'
import { useDatasetNames } from '@/composables/useDatasetNames'

const ofDatasets = ['dataset', 'catalogue', 'quality', 'mapping']

/** What an act was about: the kind of thing in words, and its name; beside a title stands the id that is written down. */
export function useResourceNames() {
  const { t, te } = useI18n()
  const { datasetName } = useDatasetNames()
  const { bodyName } = useBodies()
  function named(kind: string, id: string): string {
    const name = ofDatasets.includes(kind) ? datasetName(id) : kind === 'organisation' ? bodyName(id) : id
    return name === id ? id : `${name} (${id})`
  }
  const kindName = (kind: string) => (te(`evidence.kind.${kind}`) ? t(`evidence.kind.${kind}`) : kind)
  const resourceOf = ({ kind, resource }: Pick<EvidenceEntry, 'kind' | 'resource'>) => [kindName(kind), resource && named(kind, resource)].filter(Boolean).join(' · ')
  return { resourceOf }
}
