// The register kernel on packed panels, tile after tile, against the peak.

#include "../packed_panels.hpp"
#include "measure.hpp"
#include "topics.hpp"

namespace compare {
namespace {

namespace isa = mohs::detail::isa;

template <class Isa>
void compare_level(Table& table)
{
    for (const Index d : {128, 256, 512, 768}) {
        const Subject subject{"kernel", bench::to_string(Kind::gaussian), 1024, d};
        if (!table.wants(subject) || (table.settings().quick && d != 128)) {
            continue;
        }
        const bench::Data data = bench::make_data(Kind::gaussian, subject.n, d);
        bench::Panels<Isa> panels(data.rows);
        const std::string error = bench::check_panels(panels, data);
        const Times times =
            measure(table.settings(), 1, panels.flops(), [&] { isa::enter(Isa{}, bench::AllTiles<Isa>{panels}); }, {});
        table.add(make_peak_row(subject, times, 0.95, error));
    }
}

}  // namespace

void compare_kernel(Table& table)
{
    switch (isa::resolve(table.settings().level)) {
#if MOHS_X86
        case mohs::IsaLevel::avx512: return compare_level<isa::Avx512>(table);
        case mohs::IsaLevel::avx2: return compare_level<isa::Avx2>(table);
#endif
#if MOHS_GNU_VECTORS
        case mohs::IsaLevel::baseline: return compare_level<isa::Baseline>(table);
#endif
        default: return compare_level<isa::Portable>(table);
    }
}

}  // namespace compare
