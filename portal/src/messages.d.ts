declare module 'virtual:messages/*' {
  const catalogue: Record<string, Record<string, unknown>>
  export default catalogue
}
