/** What stands around any field: its name, and what is said below it. */
export interface FieldProps {
  label: string
  hint?: string
  fault?: string
  hideLabel?: boolean
  inline?: boolean
}
