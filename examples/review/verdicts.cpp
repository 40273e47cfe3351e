#include "verdicts.hpp"

#include <mohs/review/agreement.hpp>

#include <sstream>

namespace review {

std::string summary_of(const mohs::Verdicts& verdicts, const mohs::ReviewQueue& queue)
{
    std::ostringstream text;
    verdicts.report(queue).for_each([&](const char* name, double count) {
        if (count > 0) {
            text << name << ": " << count << "\n";
        }
    });
    if (mohs::annotators_of(verdicts).size() > 1) {
        const mohs::Agreement agreement = mohs::krippendorff_alpha(mohs::ratings_of(verdicts));
        text << "agreement (" << agreement.measure << "): ";
        if (agreement.value) {
            text << *agreement.value << ", of " << agreement.annotators << " annotators on " << agreement.units
                 << " records\n";
        } else {
            text << "none to tell: too few records with several votes, or all votes are the same\n";
        }
    }
    return text.str();
}

mohs::ReviewQueue open_records(const mohs::ReviewQueue& queue, const mohs::Verdicts& verdicts,
                               const std::string& annotator)
{
    return annotator.empty() ? queue.without(verdicts) : queue.without(verdicts, mohs::Annotator{annotator});
}

}  // namespace review
