"""Chinese names of persons: a surname of the common ones and one or two characters that are no ending of a place or body."""

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛岳覃"
)
_DOUBLE_SURNAMES = frozenset(
    {"欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒"}
)
_NOT_IN_NAMES = frozenset(
    "区县市省镇乡村街路道局处科室部院校站所厂店场馆园桥河湖山厅委办队会社司行库网台楼栋号井盖灯车位线管类型级度量率的了是不在无有未等各类其他处理办理中已"
)


def is_person_name(value: str) -> bool:
    """张三, 李小红, 欧阳修. Says nothing about 高新, which is a place: judge a column by its share of names and its title."""
    if not 2 <= len(value) <= 4:
        return False
    given = value[2:] if value[:2] in _DOUBLE_SURNAMES else value[1:] if value[0] in _SURNAMES else ""
    return 1 <= len(given) <= 2 and all("一" <= sign <= "鿿" and sign not in _NOT_IN_NAMES for sign in given)
