import { listAccounts, readAccount, type Account } from '@/api/accounts'
import { askedNames } from './askedNames'
import { personCalled } from './personCalled'
import { may } from './useSession'

const called = (one: Account) => `${personCalled(one.name)} (${one.login})`
const names = askedNames(async (ids) => {
  const found = await Promise.all(ids.map((id) => readAccount(id, new AbortController().signal).catch(() => undefined)))
  return found.flatMap((one) => (one ? [[one.id, called(one)] as const] : []))
})

/** Who an account belongs to, with its login; its id where that may not be read. */
export function usePeopleNames() {
  const personName = (id: string) => (may('account.read') ? names.of(id) : undefined) ?? id
  async function findPeople(q: string, signal: AbortSignal) {
    const page = await listAccounts({ q, limit: 20 }, signal)
    names.learn(page.items.map((one) => [one.id, called(one)] as const))
    return { choices: page.items.map((one) => ({ value: one.id, label: called(one) })), more: Boolean(page.next) }
  }
  return { personName, findPeople }
}
