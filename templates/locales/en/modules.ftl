# What the shipped modules say: each word as their files in src/modules have it, which a test compares. Other modules keep
# their own words.

module-spp_grm_ticket = Grievance
module-spp_grm_ticket-plural = Grievances
module-spp_grm_ticket-field-name = Title
module-spp_grm_ticket-field-partner_id = Registrant
module-spp_grm_ticket-field-channel = Channel
module-spp_grm_ticket-channel-email = Email
module-spp_grm_ticket-channel-phone = Phone
module-spp_grm_ticket-channel-web = Web
module-spp_grm_ticket-channel-in_person = In person
module-spp_grm_ticket-field-category_id = Category
module-spp_grm_ticket-field-tag_ids = Tags
module-spp_grm_ticket-field-severity = Severity
module-spp_grm_ticket-severity-low = Low
module-spp_grm_ticket-severity-medium = Medium
module-spp_grm_ticket-severity-high = High
module-spp_grm_ticket-severity-critical = Critical
module-spp_grm_ticket-field-sensitivity = Sensitivity
module-spp_grm_ticket-sensitivity-standard = Standard
module-spp_grm_ticket-sensitivity-sensitive = Sensitive
module-spp_grm_ticket-sensitivity-highly_sensitive = Highly Sensitive
module-spp_grm_ticket-field-sla_deadline = Due
module-spp_grm_ticket-field-decision = Decision
module-spp_grm_ticket-decision-upheld = Upheld
module-spp_grm_ticket-decision-partially_upheld = Partially Upheld
module-spp_grm_ticket-decision-rejected = Rejected
module-spp_grm_ticket-decision-withdrawn = Withdrawn
module-spp_grm_ticket-decision-redirected = Redirected
module-spp_grm_ticket-decision-referred_to_case = Referred to Case
module-spp_grm_ticket-stage-new = New
module-spp_grm_ticket-stage-in_progress = In Progress
module-spp_grm_ticket-stage-awaiting = Awaiting
module-spp_grm_ticket-stage-done = Done
module-spp_grm_ticket-stage-cancelled = Cancelled
module-spp_grm_ticket-stage-rejected = Rejected

module-helpdesk_ticket = Helpdesk Ticket
module-helpdesk_ticket-plural = Helpdesk Tickets
module-helpdesk_ticket-field-name = Subject
module-helpdesk_ticket-field-partner_id = Customer
module-helpdesk_ticket-field-kind = Kind
module-helpdesk_ticket-kind-question = Question
module-helpdesk_ticket-kind-problem = Problem
module-helpdesk_ticket-stage-new = New
module-helpdesk_ticket-stage-open = Open
module-helpdesk_ticket-stage-solved = Solved
