//! A call may be cut at any point and goes on over there: no record missing, none twice.

use chrono::TimeDelta;
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::now;
use mailgate::store::handovers;

use super::far_end::Mishap;
use super::world::{Far, outbox};
use crate::intake::world::mail;
use crate::support::database::{Place, on_both};

/// The same random numbers each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn looked_up(place: &Place, mishap: Mishap) {
    let far = Far::open(place);
    far.end.befall(&[mishap]);
    let id = far.receive(&mail(1));
    far.drain();
    assert_eq!(far.state(id), MailState::Retrying);
    far.hours_pass();
    far.drain();
    assert_eq!((far.state(id), far.end.contents().records.len()), (MailState::Delivered, 1));
}

on_both! {
    fn a_cut_on_the_way_back_is_looked_up_before_a_repeat(place: &Place) {
        looked_up(place, Mishap::CutAfter);
    }

    fn a_time_out_is_looked_up_before_a_repeat(place: &Place) {
        looked_up(place, Mishap::TimedOutAfter);
    }

    fn absence_counts_only_when_the_cut_call_must_have_ended(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::CutAndLate]);
        let id = far.receive(&mail(1));
        far.drain();
        let absent_from = far.handover(id).attempt.unwrap().absence_counts_from().unwrap();
        let next = far.world.ledger()[0].next_attempt.unwrap();
        assert!((absent_from - mailgate::domain::now()).num_seconds() >= 120, "as long as a call may go on over there");
        // It is looked for soon, and not repeated before.
        assert!((10..=15).contains(&(next - mailgate::domain::now()).num_seconds()), "{next}");
        far.passes_since(TimeDelta::seconds(20), false);
        far.drain();
        assert!(far.world.ledger()[0].next_attempt.unwrap() >= absent_from);
        far.end.late_arrive();
        far.hours_pass();
        far.drain();
        assert_eq!((far.state(id), far.end.contents().records.len()), (MailState::Delivered, 1));
    }

    fn what_began_by_making_a_record_is_completed_that_way(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Busy]);
        let id = far.receive(&mail(1));
        far.drain();
        // That attempt may have left a record without its message. The far end's plan is the gateway, which knows of none.
        let mut handover = far.handover(id);
        handover.attempt.as_mut().unwrap().method = Method::CreateAndPost;
        far.world.app.store.write(|db| handovers::update(db, id, &handover)).unwrap();
        far.hours_pass();
        far.drain();
        assert_eq!(far.state(id), MailState::Delivered);
        assert_eq!(far.end.contents().methods, [Method::Gateway, Method::CreateAndPost]);
    }

    fn an_outcome_is_looked_up_soon_and_repeats_come_later_and_later(place: &Place) {
        let far = Far::open(place);
        let id = far.receive(&mail(1));
        let next = || (far.world.ledger()[0].next_attempt.unwrap() - now()).num_seconds();
        for _ in 0..5 {
            far.end.befall(&[Mishap::CutBefore]);
            far.hours_pass();
            far.drain();
            assert!((10..=15).contains(&next()), "looked up soon: {}", next());
        }
        far.passes(TimeDelta::seconds(140));
        far.drain();
        assert!(next() > 30, "not there, and not repeated yet: {}", next());
        far.hours_pass();
        far.drain();
        assert_eq!((far.state(id), far.end.contents().records.len()), (MailState::Delivered, 1));
    }

    fn a_call_that_ends_later_than_it_should_makes_no_second_record(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::CutAndLate, Mishap::CutAndLate]);
        let id = far.receive(&mail(1));
        far.drain();
        far.hours_pass();
        far.drain();
        far.end.late_arrive();
        far.hours_pass();
        far.drain();
        assert_eq!((far.state(id), far.end.contents().records.len()), (MailState::Delivered, 1));
    }

    fn what_a_dead_process_had_in_hand_is_looked_up_first(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Panic]);
        let id = far.receive(&mail(1));
        far.drain();
        assert_eq!(far.state(id), MailState::Delivering);
        far.hours_pass();
        let next = outbox(place, &far.world, far.end.dial());
        next.drain(far.connection, &Default::default()).unwrap();
        assert_eq!(far.world.states(), [(MailState::Retrying, Some(Reason::Temporary))]);
        far.hours_pass();
        next.drain(far.connection, &Default::default()).unwrap();
        assert_eq!((far.state(id), far.end.contents().records.len()), (MailState::Delivered, 1));
    }

    fn a_batch_that_is_cut_is_looked_up_row_by_row_and_each_is_there_once(place: &Place) {
        let far = Far::open(place).side_by_side(1);
        let mishaps = [Mishap::CutBefore, Mishap::CutAfter, Mishap::CutAndLate, Mishap::TimedOutAfter];
        for (turn, mishap) in mishaps.into_iter().enumerate() {
            far.end.befall(&[mishap]);
            let ids: Vec<_> = (turn * 5..turn * 5 + 5).map(|number| far.receive(&mail(number))).collect();
            far.drain();
            let before = [(MailState::Delivered, 5 * turn as i64), (MailState::Retrying, 5)];
            assert_eq!(far.world.counts(), before[usize::from(turn == 0)..], "{mishap:?}");
            assert_eq!(far.end.contents().together.last(), Some(&5), "{mishap:?}");
            let attempt = |id| far.handover(id).attempt.unwrap().method;
            assert!(ids.iter().all(|id| attempt(*id) == Method::CreateAndPost), "on record before the call");
            far.passes_since(TimeDelta::seconds(20), false);
            far.drain();
            assert_eq!(far.world.count(MailState::Retrying), 5, "looked for, and not repeated yet");
            far.end.late_arrive();
            far.hours_pass();
            far.drain();
            assert_eq!(far.world.counts(), [(MailState::Delivered, 5 + 5 * turn as i64)], "{mishap:?}");
        }
        let mut expected: Vec<Vec<String>> = (0..20).map(|number| vec![format!("Grievance {number}")]).collect();
        expected.sort();
        assert_eq!(far.subjects(), expected);
    }

    fn what_a_dead_process_had_made_together_is_completed_and_not_made_again(place: &Place) {
        let far = Far::open(place).side_by_side(1);
        far.end.befall(&[Mishap::Fine, Mishap::Fine, Mishap::Panic]);
        far.receive_some(5);
        far.drain();
        assert_eq!((far.world.count(MailState::Delivered), far.world.count(MailState::Delivering)), (0, 5));
        assert_eq!(far.end.contents().records.len(), 5);
        let next = outbox(place, &far.world, far.end.dial());
        for _ in 0..2 {
            far.hours_pass();
            next.drain(far.connection, &Default::default()).unwrap();
        }
        assert_eq!(far.world.counts(), [(MailState::Delivered, 5)]);
        let texts = far.subjects();
        assert!(texts.len() == 5 && texts.iter().all(|record| record.len() == 1), "{texts:?}");
    }

    fn one_that_can_not_be_made_together_holds_up_no_other_and_a_round_that_ends_leaves_the_rest_to_the_next(place: &Place) {
        let far = Far::open(place).side_by_side(1);
        far.end.contents().refused = Some("Grievance 2".into());
        far.receive_some(4);
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
        assert_eq!(far.end.contents().methods, [Method::Gateway; 4], "each went its way alone");
        far.end.contents().refused = None;
        // Three that fail in a row end the round.
        far.end.befall(&[Mishap::Fine, Mishap::Busy, Mishap::Busy, Mishap::Busy]);
        for number in 4..10 {
            far.receive(&mail(number));
        }
        far.drain();
        assert_eq!(far.end.contents().records.len(), 10, "the records of all were made");
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4), (MailState::Retrying, 6)]);
        far.hours_pass();
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 10)]);
        assert_eq!(far.subjects().concat().len(), 10);
        assert_eq!(far.end.contents().records.len(), 10);
    }

    fn over_random_mishaps_no_record_is_missing_and_none_is_there_twice(place: &Place) {
        const MAILS: usize = 120;
        let far = Far::open(place);
        let mut dice = Dice(20_261_125);
        let some = [
            Mishap::CutBefore, Mishap::CutAfter, Mishap::CutAndLate, Mishap::TimedOutAfter, Mishap::Busy, Mishap::Panic,
        ];
        far.receive_some(MAILS);
        for round in 0.. {
            assert!(round < 2_000, "it does not come to an end: {:?}", far.world.counts());
            for _ in 0..20 {
                let mishap = some[dice.roll(some.len() as u64) as usize];
                far.end.befall(&[if dice.roll(3) == 0 { Mishap::Fine } else { mishap }]);
            }
            far.drain();
            if dice.roll(2) == 0 {
                far.end.late_arrive();
            }
            far.hours_pass();
            if far.world.counts() == [(MailState::Delivered, MAILS as i64)] {
                break;
            }
        }
        let befell = far.end.contents().befell;
        assert!(befell > 100, "{befell} mishaps prove too little");
        far.end.late_arrive();
        let mut subjects = far.subjects().concat();
        subjects.sort();
        let mut expected: Vec<String> = (0..MAILS).map(|number| format!("Grievance {number}")).collect();
        expected.sort();
        assert_eq!(subjects, expected);
        assert_eq!(far.end.contents().records.len(), MAILS);
    }
}
