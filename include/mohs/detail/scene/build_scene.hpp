#pragma once

/// \file
/// From batches to a scene: anchors and candidates, packed and ready to be scanned.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/scene/centre.hpp>
#include <mohs/detail/scene/check_batches.hpp>
#include <mohs/detail/scene/pack_panel.hpp>
#include <mohs/detail/scene/scene.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The work of packing, cut into pieces of one panel of rows.
template <class T, PackForm form>
class Packer {
public:
    Packer(Scene<T>& scene, PackOrder order, const Options& options, Workspace& workspace)
        : scene_(scene), pack_order_(order), options_(options), workspace_(workspace)
    {
    }

    /// Memory that outlives packing. Call for each batch before anything else.
    template <class Scalar>
    void reserve(const Batch<Scalar>& batch, PackedSide<T>& side)
    {
        const Index rows = batch.rows(), padded = panels_of(rows) * scene_.width;
        side.order.row_of = workspace_.take<std::int32_t>(rows);
        side.order.class_of = workspace_.take<std::int32_t>(rows);
        side.batch_rows = rows;
        side.ids = workspace_.take<std::int64_t>(batch.has_ids() ? rows : 0);
        side.roles = workspace_.take<Role>(batch.has_roles() ? rows : 0);
        side.withdrawn = workspace_.take<std::int32_t>(batch.has_roles() ? rows : 0);
        side.labels =
            workspace_.take<std::int64_t>(pack_order_ == PackOrder::in_place && batch.has_labels() ? rows : 0);
        if (pack_order_ == PackOrder::no_panels) {
            return;
        }
        side.panels = workspace_.take<T>(padded * scene_.depth).data();
        side.bias = form.bias ? workspace_.take<T>(padded).data() : nullptr;
    }

    /// Norms of all rows, `not_finite` for rows that are not.
    template <class Scalar>
    std::span<double> measure(const Batch<Scalar>& batch, PackedSide<T>& side)
    {
        // Padded, so that two arrays of thresholds, which are, find room in the same memory later.
        const Index padded = panels_of(batch.rows()) * scene_.width;
        const std::span<double> norms = workspace_.take<double>(padded).first(static_cast<std::size_t>(batch.rows()));
        const Index tasks = panels_of(batch.rows());
        const std::span<T> buffers = workspace_.take<T>(worker_count(options_, tasks) * scene_.depth);
        parallel_for(options_, tasks, [&](Index task, int worker) {
            isa::run(scene_.isa, MeasureRows<T, Scalar>{batch, task * scene_.width,
                                                        (std::min)(batch.rows(), (task + 1) * scene_.width),
                                                        buffers.data() + worker * scene_.depth, norms.data()});
        });
        for (Index row = 0; row < batch.rows(); ++row) {
            const double norm = norms[static_cast<std::size_t>(row)];
            side.non_finite += norm < 0;
            side.zero += norm == 0;
            side.unknown += norm >= 0 && batch.is_unknown(row);
        }
        return norms;
    }

    template <class Scalar>
    void arrange(const Batch<Scalar>& batch, std::span<const double> norms, PackedSide<T>& side)
    {
        const auto is_known = [&](Index row) {
            return norms[static_cast<std::size_t>(row)] >= 0 && !batch.is_unknown(row);
        };
        // A row without a role is in no pair, so that nothing has to ask for it where it is not packed.
        const auto takes_part = [&](Index row) {
            return is_known(row) && (pack_order_ == PackOrder::in_place || batch.role(row) != Role::none);
        };
        std::size_t withdrawn = 0;
        for (Index row = 0; batch.has_roles() && row < batch.rows(); ++row) {
            if (is_known(row) && !takes_part(row)) {
                side.withdrawn[withdrawn++] = static_cast<std::int32_t>(row);
            }
        }
        side.withdrawn = side.withdrawn.first(withdrawn);
        if (pack_order_ != PackOrder::in_place) {
            order_rows(batch, batch.has_labels() && !scene_.lists.present, takes_part, side.order, workspace_);
        } else {
            std::iota(side.order.row_of.begin(), side.order.row_of.end(), 0);
            // There are no classes to keep here, only the rows that take no part.
            std::transform(side.order.row_of.begin(), side.order.row_of.end(), side.order.class_of.begin(),
                           [&](Index row) { return takes_part(row) ? 0 : -1; });
        }
        side.panel_count = panels_of(side.rows());
        side.ids = side.ids.first(side.ids.empty() ? 0 : side.order.row_of.size());
        for (std::size_t position = 0; position < side.ids.size(); ++position) {
            side.ids[position] = batch.id(side.order.row_of[position]);
        }
        side.roles = side.roles.first(side.roles.empty() ? 0 : side.order.row_of.size());
        for (std::size_t position = 0; position < side.roles.size(); ++position) {
            side.roles[position] = batch.role(side.order.row_of[position]);
        }
        if (std::all_of(side.roles.begin(), side.roles.end(), [](Role role) { return role == Role::any; })) {
            side.roles = {};
        }
        for (std::size_t position = 0; position < side.labels.size(); ++position) {
            side.labels[position] = batch.label(side.order.row_of[position]);
        }
    }

    /// Packs both batches, or the one, with scales that suit both.
    template <class A, class B>
    void pack_all(const Batch<A>& anchors, std::span<const double> anchor_norms, const Batch<B>& candidates,
                  std::span<const double> candidate_norms)
    {
        RowMap anchor_map, candidate_map;
        if constexpr (form.transform != RowTransform::normalise) {
            const NormRange anchor_range = norm_range(anchor_norms),
                            candidate_range = scene_.self ? anchor_range : norm_range(candidate_norms);
            if constexpr (form.transform == RowTransform::centre) {
                const NormRange both{candidate_range.typical,
                                     (std::max)(anchor_range.largest, candidate_range.largest)};
                const CommonScale scale = common_scale<T>(both);
                anchor_map.scale = scale.factor;
                anchor_map.mean =
                    (scene_.self ? centre_of<T>(anchors, anchor_norms, both.typical, scale.factor, workspace_)
                                 : centre_of<T>(candidates, candidate_norms, both.typical, scale.factor, workspace_))
                        .data();
                candidate_map = anchor_map;
                scene_.anchors.length = scene_.candidates.length = power_of_two(scale.largest);
            } else {
                const CommonScale anchor_scale = common_scale<T>(anchor_range),
                                  candidate_scale = common_scale<T>(candidate_range);
                anchor_map.scale = anchor_scale.factor;
                candidate_map.scale = candidate_scale.factor;
                scene_.anchors.length = power_of_two(anchor_scale.largest);
                scene_.candidates.length = power_of_two(candidate_scale.largest);
            }
        }
        pack(anchors, anchor_norms, anchor_map, scene_.anchors);
        if (!scene_.self) {
            pack(candidates, candidate_norms, candidate_map, scene_.candidates);
        }
    }

    /// Packs one batch by a map that is known.
    template <class Scalar>
    void pack(const Batch<Scalar>& batch, std::span<const double> norms, const RowMap& map, PackedSide<T>& side)
    {
        const Index buffer_size = scene_.width * scene_.depth;
        const std::span<T> buffers = workspace_.take<T>(worker_count(options_, side.panel_count) * buffer_size);
        parallel_for(options_, side.panel_count, [&](Index panel, int worker) {
            const Index first = panel * scene_.width, count = (std::min)(scene_.width, side.rows() - first);
            isa::run(
                scene_.isa,
                PackPanel<form, T, Scalar>{
                    batch, side.order.row_of.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                    norms.data(), map, buffers.data() + worker * buffer_size, side.panels + first * scene_.depth,
                    side.bias == nullptr ? nullptr : side.bias + first});
        });
        side.unscale = form.transform == RowTransform::normalise ? 1 : 1 / map.scale;
    }

private:
    [[nodiscard]] Index panels_of(Index rows) const { return (rows + scene_.width - 1) / scene_.width; }

    Scene<T>& scene_;
    PackOrder pack_order_;
    const Options& options_;
    Workspace& workspace_;
};

/// `build_scene` for all metrics of one form.
template <PackForm form, class T, class A, class B>
Scene<T> build_scene_as(const Batch<A>& anchors, const Batch<B>& candidates, bool self, PackOrder order,
                        const Options& options, Workspace& workspace)
{
    Scene<T> scene;
    scene.isa = isa::resolve(options.isa);
    scene.depth = anchors.dimension();
    scene.self = self;
    scene.labelled = anchors.has_labels();
    scene.has_ids = anchors.has_ids();
    scene.lists.present = anchors.relation() != nullptr;
    scene.width = panel_width_at<T>(scene.isa);
    Packer<T, form> packer(scene, order, options, workspace);
    packer.reserve(anchors, scene.anchors);
    if (!self) {
        packer.reserve(candidates, scene.candidates);
    }
    {
        const Workspace::Frame frame(workspace);
        const std::span<double> anchor_norms = packer.measure(anchors, scene.anchors);
        packer.arrange(anchors, anchor_norms, scene.anchors);
        std::span<double> candidate_norms;
        if (!self) {
            candidate_norms = packer.measure(candidates, scene.candidates);
            packer.arrange(candidates, candidate_norms, scene.candidates);
        }
        if (order != PackOrder::no_panels) {
            packer.pack_all(anchors, anchor_norms, candidates, candidate_norms);
        }
    }
    if (self) {
        scene.candidates = scene.anchors;
    }
    if (scene.lists.present) {
        scene.lists = build_lists(*anchors.relation(), scene.anchors.order, scene.candidates.order, self, workspace);
        if (scene.has_ids) {
            scene.lists.positive_ids =
                list_positive_ids(*anchors.relation(), scene.anchors.order, candidates, workspace);
        }
    } else if (order != PackOrder::in_place) {
        const std::span<ClassRange> class_ranges = workspace.take<ClassRange>(scene.anchors.order.classes);
        if (self && scene.labelled) {
            find_class_ranges(scene.anchors.order, class_ranges);
        } else {
            find_class_ranges(anchors, scene.anchors.order, candidates, scene.candidates.order, class_ranges);
        }
        scene.class_ranges = class_ranges;
    }
    return scene;
}

/// Packs `anchors` against `candidates`, which have been checked, or against themselves where `self`. What the scene points to lives in the
/// workspace's current frame.
template <class M, class T, class A, class B>
Scene<T> build_scene(const Batch<A>& anchors, const Batch<B>& candidates, bool self, PackOrder order,
                     const Options& options, Workspace& workspace)
{
    return build_scene_as<pack_form<M>, T>(anchors, candidates, self, order, options, workspace);
}

/// How a verb begins: checks what it was given, then packs it.
template <class M, class A, class B>
auto open_scene(const BatchRules& rules, const Batch<A>& anchors, const Batch<B>& candidates, const Options& options,
                Workspace& workspace, PackOrder order = PackOrder::by_class)
{
    check_batches(rules, anchors, candidates, options);
    return build_scene<M, typename Batch<A>::Compute>(anchors, candidates, rules.self, order, options, workspace);
}

}  // namespace mohs::inline MOHS_ABI::detail
