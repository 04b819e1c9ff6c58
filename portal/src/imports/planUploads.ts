interface PlannedUpload {
  dataset: string
  files: File[]
}

const endings = /(\.(csv|tsv|txt|xlsx?|jsonl?|ndjson|geojson|parquet|zip|gz|zst|shp|shx|dbf|prj|cpg))+$/i
const shapePart = /\.(shp|shx|dbf|prj|cpg|sbn|sbx|qix)$/i

const unfit = /[^\p{L}\p{N}_-]+/gu
const longest = 63

/** The dataset that a file suggests: its name without endings, with the letters that the node takes. */
export function datasetName(file: string): string {
  const plain = file.normalize('NFC').replace(endings, '').toLowerCase()
  return plain.replace(unfit, '-').replace(/^[-_]+|[-_]+$/g, '').slice(0, longest)
}

/** One dataset for all files, or one for each; the parts of a loose shapefile always stay together. */
export function planUploads(files: File[], together: string | undefined): PlannedUpload[] {
  if (together !== undefined) return [{ dataset: together, files }]
  const byDataset = new Map<string, File[]>()
  for (const file of files) {
    const name = datasetName(file.name) || 'dataset'
    const key = shapePart.test(file.name) ? name : uniqueName(name, byDataset)
    byDataset.set(key, [...(byDataset.get(key) ?? []), file])
  }
  return [...byDataset].map(([dataset, parts]) => ({ dataset, files: parts }))
}

function uniqueName(name: string, taken: Map<string, File[]>): string {
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}
