#pragma once

/// \file
/// Verdicts: what annotators answered, merged into decisions.

#include <mohs/review/review_queue.hpp>
#include <mohs/review/verdict_report.hpp>
#include <mohs/review/votes.hpp>

#include <span>

namespace mohs::inline MOHS_ABI {

/// Which votes decide a record.
struct VerdictRules {
    Index least = 1;     ///< votes that a decision needs
    bool models = true;  ///< whether models vote; their verdicts are kept in any case
};

/// What the annotators of a record say together.
struct Decision {
    ReviewId record;
    Answer answer = Answer::skip;            ///< skip while the record is open
    Index positive = 0, negative = 0;        ///< votes
    std::optional<ReviewSubject> subject{};  ///< what was asked, where a verdict or `name` says it
};

/// Verdicts of any number of annotators, queues and runs:
///
///     mohs::Verdicts verdicts;
///     verdicts.add(mohs::read_verdicts_jsonl(file));
///     const mohs::VerdictReport report = verdicts.report(queue);
///     queue = queue.without(verdicts);  // and, as a second argument, without what an annotator has answered
///
/// Each annotator has one vote per record, the latest; two different answers of one annotator at one time are no vote.
/// A record is decided by the majority of votes for positive and negative; ties, and records that all skip, stay open.
/// No verdict is ever dropped: those for records that no queue has count as any other, because a record is told by its
/// id alone, and reports name them. The order in which verdicts are added does not matter, but for that in which they
/// are kept.
///
/// Mining honours them as roles, as a relation and as filters: `roles`, `judged_relation`, `ExcludeJudgedPositives`,
/// `ExceptJudgedNegatives`. Memory of about 250 bytes per verdict.
class Verdicts {
public:
    /// Throws std::invalid_argument unless at least one vote decides.
    explicit Verdicts(VerdictRules rules = {}) : rules_(rules)
    {
        if (rules.least < 1) {
            detail::throw_bad_value("Verdicts: least", static_cast<double>(rules.least), "at least 1");
        }
    }

    /// Adds a verdict, unless it is there already, the same in everything. O(verdicts on that record). Throws
    /// std::invalid_argument if it has no annotator or a time outside the years 1 to 9999, if its record is not that of
    /// its subject, and if that pairs a sample with itself. All is as before where it throws.
    void add(Verdict verdict)
    {
        detail::check_verdict("Verdicts", verdict);
        const std::uint64_t record = verdict.record.bits;
        const auto known = places_.find(record);
        const bool is_new = known == places_.end();
        const std::size_t place = is_new ? decisions_.size() : known->second;
        for (std::size_t i = 0; !is_new && i < given_[place].size(); ++i) {
            if (verdicts_[given_[place][i]] == verdict) {
                ++repeated_;
                return;
            }
        }
        verdicts_.push_back(std::move(verdict));
        const std::size_t at = verdicts_.size() - 1;
        try {
            if (is_new) {
                decisions_.push_back({.record = {record}});
                given_.push_back({});
                places_.emplace(record, place);
            }
            given_[place].push_back(at);
            Decision decision = decisions_[place];
            decide(decision, given_[place]);
            const bool was_named = decision.subject.has_value();
            if (!was_named) {
                decision.subject = verdicts_[at].subject;
            }
            unnamed_ += (is_new ? 1 : 0) - (!was_named && decision.subject ? 1 : 0);
            decisions_[place] = decision;
        } catch (...) {
            forget_last(record, place, is_new);
            throw;
        }
    }
    void add(std::span<const Verdict> verdicts)
    {
        for (const Verdict& verdict : verdicts) {
            add(verdict);
        }
    }

    /// All verdicts, in the order in which they were added.
    [[nodiscard]] std::span<const Verdict> all() const& { return verdicts_; }
    /// All records that have verdicts, in the order in which they came.
    [[nodiscard]] std::span<const Decision> decisions() const& { return decisions_; }
    /// The votes on the record of `decisions()[place]`.
    [[nodiscard]] std::vector<Vote> votes(std::size_t place) const { return votes_of(verdicts_, given_[place]); }
    void all() const&& = delete;        // a span of a temporary: keep the verdicts in a variable
    void decisions() const&& = delete;  // a span of a temporary: keep the verdicts in a variable

    /// What is decided of a record: skip if nothing is. O(1).
    [[nodiscard]] Answer answer(ReviewId record) const
    {
        const auto at = places_.find(record.bits);
        return at == places_.end() ? Answer::skip : decisions_[at->second].answer;
    }
    [[nodiscard]] bool decides(ReviewId record) const { return answer(record) != Answer::skip; }

    /// Whether an annotator has a verdict on a record, be it a skip. O(verdicts on that record).
    [[nodiscard]] bool has_answered(ReviewId record, const Annotator& annotator) const
    {
        const auto at = places_.find(record.bits);
        return at != places_.end() &&
               std::any_of(given_[at->second].begin(), given_[at->second].end(), [&](std::size_t given) {
                   return verdicts_[given].annotator_kind == annotator.kind &&
                          verdicts_[given].annotator == annotator.name;
               });
    }

    /// Verdicts that name no subject learn it from the queue that has their record. Only `judged_relation` and the
    /// filters ask for it: they find the rows of a pair that they know faster. O(decisions).
    void name(const ReviewQueue& queue)
    {
        for (Decision& decision : decisions_) {
            const ReviewRecord* record = decision.subject ? nullptr : queue.find(decision.record);
            if (record != nullptr) {
                decision.subject = record->subject;
                --unnamed_;
            }
        }
    }
    /// How many records with verdicts are told by their id alone.
    [[nodiscard]] Index unnamed() const { return unnamed_; }

    /// What became of all verdicts. O(verdicts).
    [[nodiscard]] VerdictReport report() const
    {
        VerdictReport result{.verdicts = static_cast<Index>(verdicts_.size()),
                             .repeated = repeated_,
                             .records = static_cast<Index>(decisions_.size())};
        for (std::size_t at = 0; at < decisions_.size(); ++at) {
            const Decision& decision = decisions_[at];
            const Index most = (std::max)(decision.positive, decision.negative);
            ++(decision.answer == Answer::positive      ? result.positive
               : decision.answer == Answer::negative    ? result.negative
               : most == 0                              ? result.skipped
               : decision.positive == decision.negative ? result.tied
                                                        : result.too_few);
            for (Vote& vote : votes(at)) {
                if (vote.is_conflict) {
                    result.conflicts.push_back(
                        {decision.record, std::move(vote.annotator), vote.annotator_kind, vote.answer});
                }
            }
        }
        return result;
    }

    /// The same, and how they relate to a queue.
    [[nodiscard]] VerdictReport report(const ReviewQueue& queue) const
    {
        VerdictReport result = report();
        result.undecided = queue.without(*this).size();
        for (const Decision& decision : decisions_) {
            if (queue.find(decision.record) == nullptr) {
                result.unknown.push_back(decision.record);
            }
        }
        const ReviewId id = queue.id();
        result.of_other_queues = std::count_if(verdicts_.begin(), verdicts_.end(), [id](const Verdict& verdict) {
            return verdict.queue && *verdict.queue != id;
        });
        return result;
    }

    /// The roles of a batch without the rows whose label is judged wrong, and without those that judges suspect, but
    /// for those whose label is judged right: these keep the role that they have in the batch. O(rows + suspects).
    /// Throws std::out_of_range for suspected rows that are not there.
    ///
    ///     const std::vector<mohs::Role> roles = verdicts.roles(batch, judgement.suspects());
    ///     const mohs::Triplets triplets = miner(batch.with_roles(roles));
    template <class Scalar>
    [[nodiscard]] std::vector<Role> roles(const Batch<Scalar>& batch, const Suspects& suspects = {}) const
    {
        std::vector<Role> result(static_cast<std::size_t>(batch.rows()), Role::any);
        for (const Suspect& suspect : suspects) {
            if (suspect.of == Suspicion::label) {
                detail::check_row("Verdicts: suspected row", suspect.anchor, batch.rows());
                result[static_cast<std::size_t>(suspect.anchor)] = Role::none;
            }
        }
        for (Index row = 0; row < batch.rows(); ++row) {
            Role& role = result[static_cast<std::size_t>(row)];
            const Answer label = answer(ReviewSubject{.anchor = batch.id(row)}.id());
            const bool withdrawn = label == Answer::negative || (label == Answer::skip && role == Role::none);
            role = withdrawn ? Role::none : batch.role(row);
        }
        return result;
    }

private:
    /// Undoes what `add` did for its verdict, as far as it came.
    void forget_last(std::uint64_t record, std::size_t place, bool is_new) noexcept
    {
        verdicts_.pop_back();
        if (is_new) {
            places_.erase(record);
            given_.erase(given_.begin() + static_cast<std::ptrdiff_t>((std::min)(place, given_.size())), given_.end());
            decisions_.erase(decisions_.begin() + static_cast<std::ptrdiff_t>((std::min)(place, decisions_.size())),
                             decisions_.end());
        } else if (!given_[place].empty() && given_[place].back() == verdicts_.size()) {
            given_[place].pop_back();
        }
    }

    void decide(Decision& decision, const std::vector<std::size_t>& given) const
    {
        decision.positive = decision.negative = 0;
        for (const Vote& vote : votes_of(verdicts_, given)) {
            if (rules_.models || vote.annotator_kind == AnnotatorKind::person) {
                decision.positive += vote.answer == Answer::positive;
                decision.negative += vote.answer == Answer::negative;
            }
        }
        const Index most = (std::max)(decision.positive, decision.negative);
        decision.answer = most < rules_.least || decision.positive == decision.negative ? Answer::skip
                          : decision.positive > decision.negative                       ? Answer::positive
                                                                                        : Answer::negative;
    }

    VerdictRules rules_;
    std::vector<Verdict> verdicts_;
    std::vector<Decision> decisions_;
    std::vector<std::vector<std::size_t>> given_;  // the verdicts on the record of each decision
    std::unordered_map<std::uint64_t, std::size_t> places_;
    Index repeated_ = 0, unnamed_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
