#include "train_all.hpp"

#include "../common/parallel.hpp"
#include "progress.hpp"

namespace digits {

using namespace examples;

std::vector<Run> train_all(const std::vector<Job>& jobs, unsigned threads)
{
    std::vector<Run> runs(jobs.size());
    if (jobs.empty()) {
        return runs;
    }
    Progress progress(jobs.size(), jobs.front().options.steps);
    for_each(jobs.size(), threads, [&](std::size_t i) {
        Index last = 0;
        runs[i] = jobs[i].train([&](const Checkpoint& checkpoint) {
            progress.report(jobs[i].title, jobs[i].options.seed, checkpoint, checkpoint.step - last);
            last = checkpoint.step;
        });
    });
    return runs;
}

}  // namespace digits
