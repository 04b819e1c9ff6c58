/** A name from a list as it stands alone: lists write English as it goes on in a sentence. */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
