import { ref } from 'vue'

const storedAs = 'quanyu.simple'
const chosen = ref(localStorage.getItem(storedAs) === 'yes')

/** 大字简洁: large type, and only what a report needs; remembered on this device, switched by a press or by `?simple=yes`. */
export const simple = chosen

export function simplify(wanted: boolean): void {
  chosen.value = wanted
  localStorage.setItem(storedAs, wanted ? 'yes' : 'no')
}
