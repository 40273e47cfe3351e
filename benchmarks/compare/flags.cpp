// Plain -O2 against -O3 -march=native.

#include "flags.hpp"

#include "measure.hpp"
#include "topics.hpp"

#include <memory>

namespace compare {

void compare_flags(Table& table)
{
    for (const Kind kind : bench::all_kinds) {
        const Subject subject{"optimisation_flags", bench::to_string(kind), 4096, 128};
        if (!table.wants(subject)) {
            continue;
        }
        const bench::Data data = bench::make_data(kind, subject.n, subject.d);
        const auto n = static_cast<std::size_t>(subject.n);
        std::vector<std::int64_t> positives(n), negatives(n), other_positives(n), other_negatives(n);
        FlagsProblem problem{
            data.rows.data(), data.labels.data(), subject.n, subject.d, static_cast<int>(table.settings().level),
            positives.data(), negatives.data()};
        const std::unique_ptr<FlagsStep> plain(compare_make_step_plain(problem));
        problem.positives = other_positives.data();
        problem.negatives = other_negatives.data();
        const std::unique_ptr<FlagsStep> native(compare_make_step_native(problem));
        const Times times = measure(
            table.settings(), 1, bench::useful_flops(subject.n, subject.d), [&] { plain->run(); },
            [&] { native->run(); });
        plain->write();
        native->write();
        const bool agree = positives == other_positives && negatives == other_negatives;
        table.add(make_row(subject, "mohs with -O3 -march=native", times, 1.05,
                           agree ? "" : "the two builds find other triplets", "compiled with -O2"));
    }
}

}  // namespace compare
