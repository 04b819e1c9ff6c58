import { useI18n } from 'vue-i18n'
import { titleOf, type Entity } from '@/api/entities'
import { latinName } from './useTitles'
import { useBodies } from './useBodies'

/** The statistical code that ends a region's id. */
const regionCode = /:(\d{6,12})$/

/** What a thing is called; in English a region as its body, else by its other name that is not Chinese, else in pinyin. */
export function useThingNames() {
  const { locale } = useI18n()
  const { regionName } = useBodies()

  function thingName(entity: Entity): string {
    if (locale.value !== 'en') return titleOf(entity)
    const said = textAt(entity, 'alternateName', 'pinyinName') ?? titleOf(entity)
    const code = entity.types.includes('AdministrativeArea') ? regionCode.exec(entity.id)?.[1] : undefined
    return code ? regionName(code, said) : said
  }
  return { thingName }
}

const textAt = (entity: Entity, ...names: string[]) => latinName(names.map((name) => [entity.attributes[name] ?? []].flat()[0]?.value))
