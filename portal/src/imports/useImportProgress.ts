import { onScopeDispose, watch, type Ref } from 'vue'
import { watchImport, type Import } from '@/api/imports'
import { isUnderWay } from './importStates'

/** Keeps the import on the page fresh while it is under way. */
export function useImportProgress(one: Ref<Import | undefined>): void {
  let stop = () => {}
  watch(
    () => one.value && isUnderWay(one.value.state) && one.value.id,
    (id) => {
      stop()
      if (id) stop = watchImport(id, (now) => (one.value = now))
    },
    { immediate: true },
  )
  onScopeDispose(() => stop())
}
