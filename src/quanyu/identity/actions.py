"""Everything that can be asked of a node, as data: one row an action. A route names one of these or does not start."""

from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """Who may ask at all, before any role is looked at."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"  # a person with a session; no token carries it
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`kind` is the kind of resource it acts on. `recorded`: each allowed use is evidence (a denied one always is)."""

    name: str
    kind: str
    zh: str
    en: str
    access: Access = Access.ROLE
    recorded: bool = True


# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action(name="public", kind="node", zh="公开内容", en="Public content", access=Access.ANYONE, recorded=False),
    Action(name="session.open", kind="session", zh="登录与退出", en="Sign in and out", access=Access.ANYONE, recorded=False),
    Action(name="account.own", kind="account", zh="管理本人账号", en="Look after one's own account", access=Access.SIGNED_IN, recorded=False),
    Action(name="token.manage", kind="token", zh="管理本人令牌", en="Manage one's own tokens", recorded=False),
    Action(name="account.read", kind="account", zh="查看账号", en="See accounts", recorded=False),
    Action(name="account.manage", kind="account", zh="管理账号", en="Manage accounts"),
    Action(name="role.assign", kind="role", zh="分配日常业务角色", en="Assign roles of daily business"),
    Action(name="role.grant", kind="role", zh="授予与撤销任何角色", en="Grant and revoke any role"),
    Action(name="organisation.read", kind="organisation", zh="查看组织机构", en="See organisations", recorded=False),
    Action(name="organisation.manage", kind="organisation", zh="管理组织机构", en="Manage organisations"),
    Action(name="evidence.read", kind="evidence", zh="查看证据链", en="Read the evidence chain"),
    Action(name="evidence.verify", kind="evidence", zh="核验证据链", en="Verify the evidence chain"),
    Action(name="system.read", kind="node", zh="查看系统状态", en="See the state of the node", recorded=False),
    Action(name="job.manage", kind="node", zh="重做或放弃失败的任务", en="Begin failed work anew or forget it"),
    Action(name="setting.manage", kind="node", zh="设置城市名称与底图", en="Set the city's name and its base map"),
    Action(name="demo.leave", kind="node", zh="离开演示城市", en="Leave the demonstration city"),
    Action(name="backup.run", kind="node", zh="备份与恢复", en="Back up and restore"),
    Action(name="catalogue.read", kind="catalogue", zh="查看目录", en="See the catalogue", recorded=False),
    Action(name="catalogue.manage", kind="catalogue", zh="管理目录", en="Manage the catalogue"),
    Action(name="grade.confirm", kind="catalogue", zh="确认数据分级", en="Confirm the grade of data"),
    Action(name="dataset.read", kind="dataset", zh="读取数据集", en="Read datasets"),
    Action(name="query.run", kind="query", zh="用 SQL 查询有权读取的数据", en="Query what one may read with SQL"),
    Action(name="dataset.import", kind="dataset", zh="导入数据", en="Import data"),
    Action(name="dataset.manage", kind="dataset", zh="管理数据集", en="Manage datasets"),
    Action(name="source.read", kind="source", zh="查看数据源", en="See sources", recorded=False),
    Action(name="source.manage", kind="source", zh="管理数据源", en="Manage sources"),
    Action(name="source.push", kind="source", zh="向数据源推送", en="Push into sources"),
    Action(name="quality.read", kind="quality", zh="查看数据质量", en="See the quality of data", recorded=False),
    Action(name="quality.mend", kind="quality", zh="修正隔离数据", en="Mend records in quarantine"),
    Action(name="rule.manage", kind="rule", zh="管理质量规则", en="Manage quality rules"),
    Action(name="standard.read", kind="standard", zh="查看数据标准", en="See data standards", recorded=False),
    Action(name="standard.manage", kind="standard", zh="管理数据标准", en="Manage data standards"),
    Action(name="mapping.manage", kind="mapping", zh="管理字段映射", en="Manage mappings"),
    Action(name="entity.read", kind="entity", zh="读取实体", en="Read entities"),
    Action(name="entity.write", kind="entity", zh="写入实体", en="Write entities"),
    Action(name="subscription.read", kind="subscription", zh="查看订阅与通知", en="See subscriptions and notifications", recorded=False),
    Action(name="subscription.manage", kind="subscription", zh="管理订阅与通知", en="Manage subscriptions and notifications"),
    Action(name="map.read", kind="map", zh="查看城市地图", en="See the city map", recorded=False),
    Action(name="fusion.read", kind="fusion", zh="查看实体融合", en="See matches of entities", recorded=False),
    Action(name="fusion.decide", kind="fusion", zh="裁定实体融合", en="Decide matches of entities"),
    Action(name="trace.read", kind="trace", zh="追溯数据来源", en="Trace data to its source"),
    Action(name="booking.make", kind="booking", zh="预约便民服务", en="Book what is offered to residents"),
    Action(name="case.report", kind="case", zh="上报与跟踪案件", en="Report a case and follow it", access=Access.ANYONE, recorded=False),
    Action(name="case.read", kind="case", zh="查看案件", en="See cases"),
    Action(name="case.classify", kind="case", zh="更正案件类别", en="Give a case its class"),
    Action(name="case.manage", kind="case", zh="管理案件分类、立案条件与权责清单", en="Manage classes, conditions and duties of cases"),
    Action(name="case.hand_over", kind="handover", zh="交接班", en="Hand a shift over and take it over"),
    Action(name="indicator.read", kind="indicator", zh="查看城市指标", en="See indicators of the city", recorded=False),
    Action(name="indicator.manage", kind="indicator", zh="管理指标定义与重算", en="Manage definitions of indicators and count them again"),
    Action(name="score.read", kind="score", zh="查看考核评价", en="See scores and budgets"),
    Action(name="score.manage", kind="score", zh="管理评价办法与预算", en="Manage the policy of scores and the budgets"),
    Action(name="share.read", kind="share", zh="查看共享申请、合同与通知", en="See requests, contracts and notices of sharing", recorded=False),
    Action(name="share.request", kind="share", zh="申请数据共享", en="Ask for data of others"),
    Action(name="share.answer", kind="share", zh="答复共享申请并管理合同", en="Answer requests for one's data and look after contracts"),
    Action(name="share.decide", kind="share", zh="审查共享申请并裁定争议", en="Check requests and settle differences"),
    Action(name="share.use", kind="share", zh="按合同获取数据", en="Get data under a contract", recorded=False),
    Action(name="work.act", kind="work", zh="办理待办事项", en="Do what is in one's inbox"),
    Action(name="act_rule.read", kind="act_rule", zh="查看感知预警规则与事件", en="See rules that open cases, and their events", recorded=False),
    Action(name="act_rule.manage", kind="act_rule", zh="管理感知预警规则", en="Manage rules that open cases"),
    Action(name="workflow.read", kind="workflow", zh="查看流程定义", en="See workflow definitions", recorded=False),
    Action(name="workflow.manage", kind="workflow", zh="管理流程定义与日历", en="Manage workflow definitions and calendars"),
    Action(name="pack.read", kind="pack", zh="查看场景包", en="See scenario packs", recorded=False),
    Action(name="pack.manage", kind="pack", zh="启用与设置场景包", en="Switch scenario packs on and set them"),
    Action(name="node.exchange", kind="node", zh="节点之间的签名报文", en="Signed messages between nodes", access=Access.ANYONE, recorded=False),
    Action(name="node.read", kind="node", zh="查看互联节点与往来报文", en="See other nodes and messages", recorded=False),
    Action(name="node.manage", kind="node", zh="管理互联节点", en="Manage other nodes"),
)
# fmt: on

ACTION_BY_NAME: dict[str, Action] = {action.name: action for action in ACTIONS}
