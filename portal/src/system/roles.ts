import { may, session } from '@/composables/useSession'

/** Administrators are granted by the security administrator, nobody grants to themselves; the node refuses what this person may not grant. */
export const assigns = (account?: string): boolean => account !== session.value?.id && (may('role.grant') || may('role.assign'))
